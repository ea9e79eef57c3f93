import manifest from '../../package.json' with { type: 'json' }
import { findLookConfig, type LookConfig } from '../config/look-config.ts'
import { didYouMean } from '../engine/nearest.ts'
import { type Flag, type ParsedFlags, parseFlags, refusePositionals } from '../config/flags.ts'
import { ConfigError } from '../config/problems.ts'
import { fileVersion, modes, profileNames, rulesetVersions, unpinned } from '../engine/api.ts'
import { checkPolicies } from '../engine/check-policies.ts'
import { known, unknown } from '../inventory/fact.ts'
import { Inventory } from '../inventory/inventory.ts'
import { type Lister, listedKindsOf, savedLister } from '../inventory/lister.ts'
import { allKinds, type Kind, kinds } from '../kube/kinds.ts'
import { type Labels, selectorMatches } from '../kube/label-selector.ts'
import { isObject } from '../kube/shape.ts'
import { parseSelectorText } from '../kube/selector-text.ts'
import type { ServerVersion } from '../kube/server-version.ts'
import { policies } from '../policies/index.ts'
import type { Report } from '../report/report.ts'
import { summaryOf } from '../report/summary.ts'
import type { RunCommand } from './command.ts'
import { readExemptionsOf } from './look/exemptions.ts'
import { factsFrom } from './look/facts-from.ts'
import { accessIn, liveFlags, namespaceIn, openLive, type OpenLive, reach } from './look/live.ts'
import { configFlags, helpFlag, reportFlags, shownFlags } from './look/look-flags.ts'
import { readOutput, writeReport } from './look/output.ts'
import { type Outside, processOutside } from './look/outside.ts'
import { rbacText } from './scan/rbac.ts'
import { type Rules, scanCluster } from './scan/scan-cluster.ts'

const ownFlags: readonly Flag[] = [
  { name: 'selector', short: 'l', value: 'labels', description: 'only objects with these labels: app=web,tier!=test' },
  { name: 'kind', value: 'kinds', description: 'only these kinds: Deployment,StatefulSet' },
  { name: 'no-system', description: 'leave out namespaces that can never be enforced, such as kube-system' },
  { name: 'facts', value: 'file', description: 'scan what holdfast facts saved instead of a live cluster' },
  { name: 'mode', value: 'mode', choices: modes, description: 'as if all namespaces were in this mode' },
  {
    name: 'profile',
    value: 'name',
    choices: profileNames,
    description: 'the profile of namespaces whose labels name none'
  },
  {
    name: 'profile-version',
    value: 'version',
    choices: [...rulesetVersions, unpinned],
    description: 'the policies of namespaces whose labels pin none'
  },
  { name: 'before-labels', description: '--profile and --profile-version override the labels' },
  { name: 'with-repairs', description: 'report what is left after repairs' },
  { name: 'diff', description: 'show what changes compared with the present labels' },
  { name: 'group-by', value: 'label', description: 'also sum up by a label of the objects, else of their namespaces' },
  { name: 'pods', description: 'also list where pods run in --format json; html always does' },
  { name: 'print-rbac', description: 'print the roles that a scan needs, and scan nothing' }
]

export const scanFlags: readonly Flag[] = [...liveFlags, ...ownFlags, ...configFlags, ...reportFlags, helpFlag]

export const run: RunCommand = ({ args, environment }) => scan(args, processOutside(environment), openLive)

/** Judges the objects of a cluster, writes the report, and returns the exit code. Throws ConfigError where it is wrongly asked. */
export async function scan(args: readonly string[], outside: Outside, open: OpenLive): Promise<number> {
  const flags = parseFlags(args, scanFlags)
  if (flags.values.has('help')) {
    await outside.write(`${help()}\n`)
    return 0
  }
  refusePositionals(flags)
  checkPolicies(policies)
  const output = readOutput(flags)
  const found = findLookConfig(policies, flags, outside.cwd)
  const namespace = namespaceIn(flags)
  const wantsKind = kindsIn(flags)
  const wants = selectorIn(flags)
  const present = presentRules(flags, outside.cwd)
  const placement = flags.values.has('pods') || [output, ...output.files].some(({ format }) => format === 'html')
  if (flags.values.has('print-rbac')) {
    const inventory = new Inventory({ customWorkloads: customKinds(found.config) })
    const shown = placement ? [kinds.Pod] : []
    await outside.write(rbacText([...listedKindsOf(inventory), ...judgedKinds.filter(wantsKind), ...shown], namespace))
    return 0
  }
  const facts = await factsFrom(flags.values.get('facts'), outside.cwd)
  const live = facts === undefined ? await open(accessIn(flags, outside.environment)) : undefined
  try {
    const reached = live === undefined ? { version: facts?.serverVersion } : await reach(live)
    if ('problem' in reached) {
      outside.note(reached.problem)
      return 3
    }
    const lister = facts === undefined ? live?.lister(namespace) : within(savedLister(facts), namespace)
    if (lister === undefined) throw new Error('neither a cluster nor facts')
    const exemptions = readExemptionsOf({
      exemptions: found.config.lint.exemptions,
      file: found.file ?? '',
      folder: found.folder,
      cwd: outside.cwd,
      today: outside.today()
    })
    const { results, objects, incomplete, cluster, notes, ended } = await scanCluster({
      lister,
      policies,
      rules: rulesIn(flags, found.config),
      present,
      serverVersion: versionFact(found.config, reached.version),
      today: outside.today,
      withRepairs: flags.values.has('with-repairs'),
      groupBy: flags.values.get('group-by'),
      wantsKind,
      wants,
      system: !flags.values.has('no-system'),
      placement,
      mark: exemptions.mark
    })
    const report: Report = {
      apiVersion: fileVersion,
      kind: 'Report',
      command: 'scan',
      version: manifest.version,
      summary: summaryOf(results, { files: 0, objects }),
      results,
      incomplete,
      // What matches nothing in a part of a cluster may match elsewhere.
      stale: [...exemptions.stale().filter((text) => text.includes(' ended on ')), ...ended],
      cluster
    }
    const code = await writeReport(report, output, { outside, policies, config: found.config })
    for (const { file, problem } of incomplete) outside.note(`${file}: ${problem}`)
    if (!output.quiet) for (const note of notes) outside.note(note)
    return code
  } finally {
    await live?.close()
  }
}

const judgedKinds = allKinds.filter(({ parse }) => parse !== undefined)

function customKinds({ companion }: LookConfig) {
  return companion.kinds.filter(({ group }) => group !== 'apps')
}

function versionFact({ serverVersion: configured }: LookConfig, said: ServerVersion | undefined) {
  const version = configured ?? said
  return version === undefined ? unknown('the API server has not said its version') : known(version)
}

/** A part of what is saved. */
function within(lister: Lister, namespace: string | undefined): Lister {
  if (namespace === undefined) return lister
  if (lister.namespace !== undefined && lister.namespace !== namespace) {
    throw new ConfigError([`--namespace: the facts are of the namespace ${lister.namespace} alone`])
  }
  return {
    namespace,
    each: (kind, visit) => {
      return lister.each(kind, (object) => {
        const { namespace: own, name } = isObject(object['metadata']) ? object['metadata'] : {}
        if (kind.kind === 'Namespace' ? name === namespace : !kind.namespaced || own === namespace) visit(object)
      })
    }
  }
}

function rulesIn({ values }: ParsedFlags, config: LookConfig): Rules {
  const given = values.get('profile')
  return {
    config,
    mode: modes.find((mode) => mode === values.get('mode')),
    profile: profileNames.find((name) => name === given),
    profileVersion: values.get('profile-version'),
    beforeLabels: values.has('before-labels')
  }
}

const rehearsing = ['config', 'mode', 'profile', 'profile-version', 'with-repairs']

/** What holds without the flags of a rehearsal; undefined without --diff. */
function presentRules({ values, ...flags }: ParsedFlags, cwd: string): Rules | undefined {
  if (values.has('before-labels') && !values.has('profile') && !values.has('profile-version')) {
    throw new ConfigError(['--before-labels: needs --profile or --profile-version'])
  }
  if (!values.has('diff')) return undefined
  if (!rehearsing.some((name) => values.has(name))) {
    throw new ConfigError([`--diff: needs one of ${rehearsing.map((name) => `--${name}`).join(', ')}`])
  }
  const left = new Map([...values].filter(([name]) => !rehearsing.includes(name)))
  return { config: findLookConfig(policies, { ...flags, values: left }, cwd).config }
}

function kindsIn({ values }: ParsedFlags): (kind: Kind) => boolean {
  const given = values.get('kind')
  if (given === undefined) return () => true
  const names = judgedKinds.map(({ kind }) => kind)
  const wanted = new Set<string>()
  const problems: string[] = []
  for (const text of given.split(',')) {
    const found = judgedKinds.find(({ kind, resource }) => {
      return kind.toLowerCase() === text.toLowerCase() || resource === text.toLowerCase()
    })
    if (found !== undefined) wanted.add(found.kind)
    else problems.push(`--kind: ${JSON.stringify(text)} is not one of ${names.join(', ')}${didYouMean(text, names)}`)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return ({ kind }) => wanted.has(kind)
}

function selectorIn({ values }: ParsedFlags): (labels: Labels) => boolean {
  const text = values.get('selector')
  if (text === undefined) return () => true
  const selector = parseSelectorText(text)
  if (selector === undefined) {
    throw new ConfigError([`--selector: ${JSON.stringify(text)} is not a selector such as app=web,tier!=test`])
  }
  return (labels) => selectorMatches(selector, labels)
}

function help(): string {
  return `Judges what runs in a cluster, as the webhook would: workloads, budgets and autoscalers, each namespace by its
labels. It only reads. Without a label for the profile, --profile or standard applies.

Usage: holdfast scan [flags]

Examples:
  holdfast scan
  holdfast scan --namespace shop --mode enforce
  holdfast scan --mode enforce --with-repairs --no-system
  holdfast scan --group-by team --format json
  holdfast scan --profile critical --before-labels --diff
  holdfast scan --report html=holdfast.html
  holdfast scan --print-rbac | kubectl apply -f -

Flags:
${shownFlags(scanFlags)}

Exit codes: 0 fine, 1 something at or above --fail-on, 2 the command line or the configuration is wrong, 3 something
could not be listed, so the report is incomplete; standard error names the missing rule. 3 takes precedence over 1.`
}
