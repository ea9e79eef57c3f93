import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { exitCodeOf, isInterrupted, untilInterrupted } from './node/interruption.ts'
import { buildPrograms } from './node/programs.ts'
import { type Options, parseOptions, usage, UsageError } from './options.ts'
import { messageOf, parts } from './parts.ts'
import { buildReport, busyness, type Report, toJson } from './report.ts'
import { installPackages, obstacles } from './requirements.ts'
import { failureTable, ownTable } from './table.ts'
import type { Verdict } from './verdicts.ts'

// Debian keeps some commands where the path of an ordinary user does not lead.
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const interruption = untilInterrupted()
process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2))
    if (options?.json !== undefined) checkWritable(options.json)
    return options === undefined ? help() : conclude(await prove(options))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\nnpm run proof -- --help lists what can be asked for`)
    return 2
  }
}

function help(): number {
  console.log(usage)
  return 0
}

/** What cannot be written after an hour is said before it. */
function checkWritable(file: string): void {
  const isNew = !existsSync(file)
  try {
    closeSync(openSync(file, 'a'))
  } catch (error) {
    throw new UsageError(`--json: ${messageOf(error)}`)
  }
  if (isNew) rmSync(file)
}

async function prove(options: Options): Promise<readonly Verdict[]> {
  const against = [...(options.install ? installPackages() : []), ...(await obstacles())]
  if (against.length > 0) {
    console.log(`\n*** THE PROOF CANNOT RUN HERE:\n${against.map((line) => `***   ${line}`).join('\n')}\n`)
    return against.map((says) => ({ holds: false, says }))
  }
  const load = busyness()
  let report = buildReport([], [], load)
  const all = [...(await attempt('building', async () => buildPrograms(options.parts)))]
  if (all.length > 0) return all
  for (const part of options.parts) {
    const found = await attempt(part, async () => {
      const { verdicts, ...figures } = await parts[part](interruption, options)
      const { runs, own } = { ...report, ...figures }
      report = buildReport(runs, own, load)
      all.push(...verdicts)
      if (Object.values(figures).some(({ length }) => length > 0)) show(report, options.json)
    })
    all.push(...found)
  }
  return all
}

/** What throws is a verdict too, and keeps nothing that follows from being done. Once interrupted, nothing is begun. */
async function attempt(what: string, task: () => Promise<void>): Promise<readonly Verdict[]> {
  if (await isInterrupted(interruption))
    return [{ holds: false, says: `${what}: interrupted by ${interruption.reason}` }]
  try {
    await task()
    return []
  } catch (error) {
    return [{ holds: false, says: `${what}: ${messageOf(error)}` }]
  }
}

function show(report: Report, file: string | undefined): void {
  const machine = Object.entries(report.machine).map(([name, value]) => `${name}: ${value}`)
  console.log(`\n${machine.join('\n')}\n`)
  if (report.runs.length > 0) console.log(`${failureTable(report.runs)}\n`)
  if (report.own.length > 0) console.log(`${ownTable(report.own)}\n`)
  // What is there may be whole, and what an interruption leaves is not.
  if (file !== undefined && !interruption.aborted) writeFileSync(file, toJson(report))
}

async function conclude(all: readonly Verdict[]): Promise<number> {
  for (const { holds, says } of all) console.log(`${holds ? 'ok    ' : 'NOT OK'}  ${says}`)
  const failed = all.filter(({ holds }) => !holds).length
  console.log(`${all.length - failed} passed, ${failed} failed`)
  if (await isInterrupted(interruption)) return exitCodeOf(interruption)
  return failed === 0 && all.length > 0 ? 0 : 1
}
