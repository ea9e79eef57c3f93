import { findLookConfig } from '../config/look-config.ts'
import { type Flag, type ParsedFlags, parseFlags } from '../config/flags.ts'
import { ConfigError } from '../config/problems.ts'
import { checkPolicies } from '../engine/check-policies.ts'
import { standardInput } from '../manifests/load.ts'
import { unifiedDiff } from '../manifests/unified-diff.ts'
import { policies } from '../policies/index.ts'
import type { Incomplete, Result } from '../report/report.ts'
import { compareResults, resultsOf } from '../report/results.ts'
import { type FailOn, failLevels, severities } from '../report/summary.ts'
import type { RunCommand } from './command.ts'
import { type Fixed, type FixedFile, fixFiles } from './fix/fix-files.ts'
import { type PlannedObject, planObject } from './fix/plan.ts'
import { replaceFile } from './fix/replace-file.ts'
import { readSelection } from './fix/select.ts'
import { leftLines, refusedLines, summaryLine, writtenLines } from './fix/texts.ts'
import { readGivenSet } from './look/given-set.ts'
import { judgeSet } from './look/judge-set.ts'
import { helpFlag, judgeFlags, shownFlags } from './look/look-flags.ts'
import { type Outside, processOutside } from './look/outside.ts'

const ownFlags: readonly Flag[] = [
  { name: 'diff', description: 'write nothing, but print a diff that git apply takes; exits 1 where one is needed' },
  { name: 'check', description: 'write nothing; exits 1 where something would be written, or is left' },
  { name: 'only', value: 'policy', description: 'apply only this policy; repeat it or separate several with commas' },
  { name: 'skip', value: 'policy', description: 'do not apply this policy; repeat it or separate several with commas' },
  { name: 'exempt', value: 'policy', description: 'instead of mending, exempt what violates it; needs --reason' },
  { name: 'reason', value: 'text', description: 'why it is exempt' },
  { name: 'until', value: 'date', description: 'the last day of the exemption, YYYY-MM-DD' }
]

const lastFlags: readonly Flag[] = [
  {
    name: 'fail-on',
    value: 'level',
    choices: failLevels,
    description: 'with --diff and --check: the lowest severity of what is left that exits 1 (required)'
  },
  { name: 'quiet', short: 'q', description: 'no notes, and nothing about what is left' },
  { name: 'verbose', short: 'v', description: 'also say which configuration applies, and what is left out' }
]

export const fixFlags: readonly Flag[] = [...ownFlags, ...judgeFlags, ...lastFlags, helpFlag]

export const run: RunCommand = ({ args, environment }) => fix(args, processOutside(environment))

/** Writes remedies into files, and returns the exit code. Throws ConfigError where it is wrongly asked; then nothing is written. */
export async function fix(args: readonly string[], outside: Outside): Promise<number> {
  const flags = parseFlags(args, fixFlags)
  if (flags.values.has('help')) {
    await outside.write(`${help()}\n`)
    return 0
  }
  checkPolicies(policies)
  const how = readHow(flags)
  const plan = await planFixes(flags, outside)
  const fixed = fixFiles(plan.planned, plan.texts)
  if (how === 'diff') await outside.write(diffOf(fixed.files))
  if (how === 'print') await outside.write(fixed.files[0]?.after ?? plan.texts.get(standardInput) ?? '')
  const { files, unwritten } =
    how === 'write' ? await replaceAll(fixed.files, outside.cwd) : { files: fixed.files, unwritten: [] }
  const mended = new Set(files.flatMap((file) => file.mended))
  const left = plan.open.filter((result) => !mended.has(result))
  const isQuiet = flags.values.has('quiet')
  const incomplete = [...plan.incomplete, ...unwritten]
  const lines = [
    ...writtenLines(files),
    ...refusedLines(fixed.refused),
    ...(isQuiet ? [] : leftLines(left)),
    summaryLine({
      files: files.length,
      mended: mended.size,
      left: left.length,
      isWritten: how === 'write',
      done: flags.values.has('exempt') ? 'exempted' : 'mended'
    })
  ]
  // Beside a diff or a text this is for people.
  if (how === 'write') await outside.write(lines.map((line) => `${line}\n`).join(''))
  else for (const line of lines) outside.note(line)
  for (const { file, line, problem } of incomplete)
    outside.note(`${file}${line === undefined ? '' : `:${line}`}: error: ${problem}`)
  for (const note of isQuiet ? [] : [...plan.notes, ...fixed.costs]) outside.note(note)
  if (incomplete.length > 0) return 3
  if (fixed.refused.length > 0) return 1
  if (how === 'write' || how === 'print') return 0
  const failOn = failLevels.find((level) => level === flags.values.get('fail-on')) ?? 'required'
  return files.length > 0 || left.some(({ severity }) => fails(severity, failOn)) ? 1 : 0
}

/** What is done with the new texts: files are written, or the text of standard input is printed; or nothing but a diff, or nothing at all. */
export type How = 'write' | 'print' | 'diff' | 'check'

function readHow({ values, positionals }: ParsedFlags): How {
  if (values.has('diff') && values.has('check')) throw new ConfigError(['--check: cannot be used with --diff'])
  if (values.has('diff')) return 'diff'
  if (values.has('check')) return 'check'
  if (!positionals.includes(standardInput)) return 'write'
  if (positionals.length > 1) throw new ConfigError(['-: standard input is fixed alone, because its text is printed'])
  return 'print'
}

interface Plan {
  planned: readonly PlannedObject[]
  texts: ReadonlyMap<string, string>
  /** The findings that count. */
  open: readonly Result[]
  incomplete: readonly Incomplete[]
  notes: readonly string[]
}

async function planFixes(flags: ParsedFlags, outside: Outside): Promise<Plan> {
  const { cwd, today } = outside
  const { values } = flags
  const found = findLookConfig(policies, flags, cwd)
  const { config } = found
  const selection = readSelection(flags, { policies, config, today: today() })
  const { set, facts, exemptions } = await readGivenSet(flags, { found, outside, render: false })
  const planned: PlannedObject[] = []
  const open: Result[] = []
  const judged = judgeSet(
    { policies, config, objects: set.objects, partial: values.has('partial'), facts, today },
    (one) => {
      const { object, locate } = one.from
      const results = resultsOf({ judgement: one.judgement, object, isFixable: one.isFixable, locate }).map(
        exemptions.mark
      )
      open.push(...results.filter(({ suppressed }) => suppressed === undefined))
      const plan = planObject(one, results, selection)
      if (plan !== undefined) planned.push(plan)
    }
  )
  const incomplete = [...set.incomplete, ...judged.incomplete]
  const unread = new Set(incomplete.map((one) => one.file))
  const details = values.has('verbose') ? [`configuration: ${found.file ?? 'none'}`, ...set.details] : []
  return {
    // A file that is not read whole is not written.
    planned: planned.filter((one) => !unread.has(one.file)),
    texts: set.texts,
    open: open.sort(compareResults),
    incomplete,
    notes: [...set.notes, ...judged.notes, ...details]
  }
}

/** Writes the files one by one. One that cannot be written is left as it is. */
async function replaceAll(
  files: Fixed['files'],
  cwd: string
): Promise<{ files: Fixed['files']; unwritten: Incomplete[] }> {
  const written: FixedFile[] = []
  const unwritten: Incomplete[] = []
  for (const file of files) {
    const problem = await replaceFile(file, cwd)
    if (problem === undefined) written.push(file)
    else unwritten.push({ file: file.file, problem: `not written: ${problem}` })
  }
  return { files: written, unwritten }
}

function diffOf(files: Fixed['files']): string {
  const diffs = files.map(({ file, before, insertions }) =>
    unifiedDiff(file === standardInput ? 'stdin' : file, before, insertions)
  )
  return diffs.join('')
}

function fails(severity: Result['severity'], failOn: FailOn): boolean {
  return failOn !== 'never' && severities.indexOf(severity) <= severities.indexOf(failOn)
}

function help(): string {
  return `Mends manifests: writes what the webhook would inject, and the budgets that the controller would keep, into the files.
Nothing else in them changes, down to comments and quotes. What needs a decision is printed.

Usage: holdfast fix [flags] [path | -]...

A path is a file, or a folder with all .yaml, .yml and .json files below it. With - the fixed text of standard input
goes to standard output. Without a path it is the working directory.

Examples:
  holdfast fix --diff
  holdfast fix deploy/
  holdfast fix --check .
  holdfast fix --diff deploy/ | git apply
  holdfast fix --only readiness-probe,pre-stop-sleep web.yaml
  holdfast fix - < web.yaml | kubectl apply -f -
  holdfast fix --exempt min-replicas --reason "one licence" --until 2027-01-31 web.yaml

Flags:
${shownFlags(fixFlags)}

Exit codes: 0 fine, 1 an addition could not be written, 2 the command line or the configuration is wrong,
3 something could not be read or written. With --diff and --check 1 also if there is something to write, or if findings
at or above --fail-on are left. 3 takes precedence over 1.`
}
