import manifest from '../../package.json' with { type: 'json' }
import { type FoundConfig, findLookConfig } from '../config/look-config.ts'
import { type Flag, type ParsedFlags, parseFlags } from '../config/flags.ts'
import { fileVersion } from '../engine/api.ts'
import { checkPolicies } from '../engine/check-policies.ts'
import { policies } from '../policies/index.ts'
import type { Report, Result } from '../report/report.ts'
import { compareResults, resultsOf } from '../report/results.ts'
import { summaryOf } from '../report/summary.ts'
import type { RunCommand } from './command.ts'
import { type BaselineFile, readBaseline } from './look/baseline-file.ts'
import { buildWithInsertions } from './look/insertions.ts'
import { readGivenSet } from './look/given-set.ts'
import { judgeSet } from './look/judge-set.ts'
import { helpFlag, judgeFlags, reportFlags, shownFlags } from './look/look-flags.ts'
import { type Output, readOutput, writeReport } from './look/output.ts'
import { type Outside, processOutside } from './look/outside.ts'

const ownFlags: readonly Flag[] = [
  { name: 'render', description: 'run helm template and kubectl kustomize where charts and kustomizations are' },
  { name: 'baseline', value: 'file', description: 'findings listed in this file do not count' },
  { name: 'write-baseline', description: 'write all findings that count into the baseline' },
  { name: 'prune-baseline', description: 'remove from the baseline what is no longer found' },
  { name: 'explain', value: 'policy', description: 'print the page of a policy, and exit' }
]

export const lintFlags: readonly Flag[] = [...ownFlags, ...judgeFlags, ...reportFlags, helpFlag]

export const run: RunCommand = ({ args, environment }) => lint(args, processOutside(environment))

/** Judges files, writes the report, and returns the exit code. Throws ConfigError where it is wrongly asked. */
export async function lint(args: readonly string[], outside: Outside): Promise<number> {
  const flags = parseFlags(args, lintFlags)
  if (flags.values.has('help')) {
    await outside.write(`${help()}\n`)
    return 0
  }
  const explained = flags.values.get('explain')
  if (explained !== undefined) return (await import('./explain.ts')).explain(explained, outside)
  checkPolicies(policies)
  const output = readOutput(flags)
  const found = findLookConfig(policies, flags, outside.cwd)
  const baseline = await readBaseline(flags, found, outside.cwd)
  const notes: string[] = []
  if (output.verbose) notes.push(found.file === undefined ? 'no configuration file' : `configuration: ${found.file}`)
  const report = await reportOn(flags, { found, outside, output, baseline, notes })
  const code = await writeReport(report, output, { outside, policies, config: found.config })
  if (!output.quiet) for (const note of notes) outside.note(note)
  return code
}

interface Given {
  found: FoundConfig
  outside: Outside
  output: Output
  baseline: BaselineFile | undefined
  /** Notes are added to it. */
  notes: string[]
}

async function reportOn(flags: ParsedFlags, given: Given): Promise<Report> {
  const { values } = flags
  const { found, outside, output, baseline, notes } = given
  const { config } = found
  const { today } = outside
  const { set, facts, exemptions } = await readGivenSet(flags, { found, outside, render: values.has('render') })
  const results: Result[] = []
  const hasInsertions = [output, ...output.files].some(({ format }) => format === 'json' || format === 'sarif')
  const withInsertions = buildWithInsertions(set.texts)
  const { judged, ...beside } = judgeSet(
    { policies, config, objects: set.objects, partial: values.has('partial'), facts, today },
    (one) => {
      const { from, judgement, isFixable } = one
      const its = resultsOf({ judgement, object: from.object, isFixable, locate: from.locate })
      results.push(...(hasInsertions ? its.map((result) => withInsertions(one, result)) : its))
    }
  )
  notes.push(...set.notes, ...beside.notes, ...(output.verbose ? set.details : []))
  const counted = results.map(exemptions.mark).sort(compareResults)
  const { results: marked, stale, note } = (await baseline?.apply(counted)) ?? { results: counted, stale: [] }
  if (note !== undefined) notes.push(note)
  return {
    apiVersion: fileVersion,
    kind: 'Report',
    command: 'lint',
    version: manifest.version,
    summary: summaryOf(marked, { files: set.files, objects: judged }),
    results: marked,
    incomplete: [...set.incomplete, ...beside.incomplete].toSorted(byPlace),
    stale: [...exemptions.stale(), ...beside.ended, ...stale]
  }
}

type Unread = Report['incomplete'][number]

function byPlace(one: Unread, other: Unread): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return (one.line ?? 0) - (other.line ?? 0)
}

function help(): string {
  return `Judges manifests as the webhook would, before they reach a cluster. All that is given is one set: its budgets,
autoscalers and Services are the facts by which its workloads are judged.

Usage: holdfast lint [flags] [path | -]...

A path is a file, or a folder with all .yaml, .yml and .json files below it; - is standard input. Without a path it is
the working directory.

Examples:
  holdfast lint
  holdfast lint deploy/ --fail-on advised
  helm template charts/web | holdfast lint -
  holdfast lint --format github --report sarif=holdfast.sarif
  holdfast lint --baseline .holdfast-baseline --write-baseline

Flags:
${shownFlags(lintFlags)}

Exit codes: 0 fine, 1 something at or above --fail-on, 2 the command line or the configuration is wrong, 3 something
could not be read, so the report is incomplete. 3 takes precedence over 1.`
}
