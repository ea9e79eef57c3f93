import { writeFileSync } from 'node:fs'
import { buildControlPlane, nodeProgram } from './node/programs.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { ownVerdicts } from './own/verdicts.ts'
import { plan } from './plan.ts'
import { buildReport, busyness, type Report, toJson } from './report.ts'
import { installPackages, missingPackages, obstacles } from './requirements.ts'
import { crash, measureCases, measureOwn } from './stages.ts'
import { failureTable, ownTable } from './table.ts'
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
  return conclude(await prove(options, nodeProgram()))
}

async function prove(options: Options, program: string): Promise<readonly Verdict[]> {
  const [all, load, planned] = [[] as Verdict[], busyness(), plan(options)]
  const { parts } = options
  const cases = parts.includes('cases') ? await measureCases(program, options) : undefined
  if (cases !== undefined) all.push(...verdicts(planned, cases.result ?? []), cases.clean)
  const own = parts.includes('own') ? await measureOwn(program) : undefined
  if (own !== undefined) all.push(...ownVerdicts(own.result ?? []), own.clean)
  show(buildReport(cases?.result ?? [], own?.result ?? [], load), options.json)
  if (parts.includes('crash')) {
    const { result = false, clean } = await crash(program)
    all.push({ holds: result, says: 'a node with pods is there to be killed' }, clean)
  }
  return all
}

function show(report: Report, file: string | undefined): void {
  if (file !== undefined) writeFileSync(file, toJson(report))
  const machine = Object.entries(report.machine).map(([name, value]) => `${name}: ${value}`)
  console.log(`\n${machine.join('\n')}\n`)
  if (report.runs.length > 0) console.log(`${failureTable(report.runs)}\n`)
  if (report.own.length > 0) console.log(`${ownTable(report.own)}\n`)
}

function conclude(all: readonly Verdict[]): number {
  for (const { holds, says } of all) console.log(`${holds ? 'ok    ' : 'NOT OK'}  ${says}`)
  const failed = all.filter(({ holds }) => !holds).length
  console.log(`${all.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}
