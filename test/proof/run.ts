import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../support/cluster-wait.ts'
import type { Work } from './cluster.ts'
import type { Measured } from './measure.ts'
import { createEnclosure, type Enclosure } from './node/enclosure.ts'
import { leftovers, type MachineState, machineState } from './node/leftovers.ts'
import { buildControlPlane, buildImages, nodeProgram } from './node/programs.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { plan } from './plan.ts'
import { buildReport, busyness, toJson } from './report.ts'
import { installPackages, missingPackages, obstacles } from './requirements.ts'
import { failureTable } from './table.ts'
import { type Verdict, verdicts } from './verdicts.ts'

// Debian keeps some commands where the path of an ordinary user does not lead.
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
process.exitCode = await main()

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) {
    console.log(usage)
    return 0
  }
  if (options.install && missingPackages().length > 0) installPackages(missingPackages())
  const against = obstacles()
  if (against.length > 0) {
    console.log(`\n*** THE PROOF CANNOT RUN HERE:\n${against.map((line) => `***   ${line}`).join('\n')}\n`)
    return conclude(against.map((says) => ({ holds: false, says })))
  }
  buildControlPlane()
  const program = nodeProgram()
  return conclude([...(await figures(options, program)), ...(options.short ? await crash(program) : [])])
}

function conclude(all: readonly Verdict[]): number {
  for (const { holds, says } of all) console.log(`${holds ? 'ok    ' : 'NOT OK'}  ${says}`)
  const failed = all.filter(({ holds }) => !holds).length
  console.log(`${all.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

async function figures(options: Options, program: string): Promise<readonly Verdict[]> {
  const [before, load, planned] = [machineState(), busyness(), plan(options)]
  let measured: readonly Measured[] = []
  const left = await enclosed(before, async (enclosure) => {
    const work = workFor(enclosure, program)
    await enclosure.run(join(import.meta.dirname, 'measure-inside.ts'), { ...work, wanted: options })
    if (existsSync(work.result)) measured = JSON.parse(readFileSync(work.result, 'utf8')) as readonly Measured[]
  })
  const report = buildReport(measured, load)
  if (options.json !== undefined) writeFileSync(options.json, toJson(report))
  const machine = Object.entries(report.machine).map(([name, value]) => `${name}: ${value}`)
  console.log(`\n${machine.join('\n')}\n\n${failureTable(measured)}\n`)
  return [...verdicts(planned, measured), isClean('after the measurements', left)]
}

/** A node with pods on it whose processes are all killed at once. */
async function crash(program: string): Promise<readonly Verdict[]> {
  let came = false
  const left = await enclosed(machineState(), async (enclosure) => {
    const work = workFor(enclosure, program)
    const ended = enclosure.run(join(import.meta.dirname, 'crash-inside.ts'), work)
    const running = waitFor(
      { what: 'a node with pods', seconds: 120 },
      async () => existsSync(work.result) || undefined
    )
    came = (await Promise.race([running, ended])) === true
    enclosure.kill()
    await ended
  })
  return [{ holds: came, says: 'a node with pods is there to be killed' }, isClean('after it was killed', left)]
}

function workFor({ name, folder }: Enclosure, program: string): Work {
  return { name, folder: join(folder, 'node'), program, images: buildImages(folder), result: join(folder, 'result') }
}

/** Does it in an enclosure that is removed whatever happens. Resolves with what is left of it. */
async function enclosed(
  before: MachineState,
  task: (enclosure: Enclosure) => Promise<void>
): Promise<readonly string[]> {
  const enclosure = createEnclosure()
  const stop = (): void => enclosure.kill()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
  try {
    await task(enclosure)
  } finally {
    await enclosure.remove()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop)
  }
  return leftovers(enclosure, before)
}

function isClean(when: string, left: readonly string[]): Verdict {
  const says = left.length === 0 ? `nothing is left ${when}` : `left ${when}: ${left.join('; ')}`
  return { holds: left.length === 0, says }
}
