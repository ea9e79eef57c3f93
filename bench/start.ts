// What the command line costs before it looks at anything: CPU time of the packed program beside that of a bare node, medians.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './median.ts'
import { toTable } from './table.ts'

const [given = '15'] = process.argv.slice(2)
const runs = Number(given)
if (!Number.isInteger(runs) || runs < 1) throw new Error(`${given}: not a whole number of runs above 0`)

/** Prints the CPU time of its own process when that ends, in microseconds since its start. */
const meter = "process.on('exit', () => process._rawDebug(JSON.stringify(process.cpuUsage())))"
const folder = mkdtempSync(join(tmpdir(), 'holdfast-start-'))
try {
  const options = { cwd: folder, encoding: 'utf8' } as const
  const tarball = execFileSync(process.execPath, [join(import.meta.dirname, '../scripts/pack.ts'), folder], options)
  execFileSync('tar', ['xzf', tarball.trim()], options)
  const program = join(folder, 'package/holdfast.js')
  const cases = [['-e', '0'], ...[['--help'], ['version']].map((args) => [program, ...args])]
  const measured = cases.map((args) => ({ args, ms: [] as number[] }))
  for (let run = 0; run < runs; run++) for (const { args, ms } of measured) ms.push(cpuMs(args))
  const name = ([file = '', ...rest]: readonly string[]) => (file === program ? `holdfast ${rest.join(' ')}` : 'node')
  const columns = [
    { head: 'command', cell: ({ args }: (typeof measured)[0]) => name(args) },
    { head: 'CPU ms', cell: ({ ms }: (typeof measured)[0]) => median(ms).toFixed(0) }
  ]
  console.log(toTable(columns, measured))
} finally {
  rmSync(folder, { recursive: true })
}

function cpuMs(args: readonly string[]): number {
  const hook = `--import=data:text/javascript,${encodeURIComponent(meter)}`
  const { stderr, status } = spawnSync(process.execPath, [hook, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.join(' ')} exited ${status}: ${stderr}`)
  const { user, system } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { user: number; system: number }
  return (user + system) / 1000
}
