import jsonPatch from 'fast-json-patch'
import t, { type Test } from 'tap'
import { injectedKey, type ProfileName, type RulesetVersion } from '../../src/engine/api.ts'
import type { Facts } from '../../src/inventory/facts/index.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { commonContext, contextOf, recordedAmong } from '../../src/engine/policy-context.ts'
import type { Exemptions } from '../../src/engine/exemption.ts'
import { type Finding, findingLine, findingText, longestText } from '../../src/engine/finding.ts'
import { type Injected, injectedIn, type RecordEntry } from '../../src/engine/injection/record.ts'
import type { Addition, ParameterValue, Policy, Subject } from '../../src/engine/policy.ts'
import { type Injection, injectionFor } from '../../src/engine/injection/injection.ts'
import { buildRuleset } from '../../src/engine/ruleset.ts'
import { objectName } from '../../src/engine/subject.ts'
import { hedgeOf, longestMeaning, type Told } from '../../src/engine/violation.ts'
import { parseAutoscaler } from '../../src/kube/autoscaler.ts'
import { parseBudget } from '../../src/kube/budget.ts'
import { type ParentKind, parseScale } from '../../src/kube/scale.ts'
import { parseService } from '../../src/kube/service.ts'
import { isWorkload, parseWorkload, type WorkloadKind, workloadKinds } from '../../src/kube/workload.ts'
import { factsAround } from './inventory.ts'
import { frozen, type Json, type JsonMap, overTheWire } from './workloads.ts'

/** An object and what is around it. Facts that are not given are known, and nothing is there. */
export interface Given {
  object: JsonMap
  /** What else is there, as objects; `facts` go before what they come to. */
  around?: readonly JsonMap[]
  facts?: Partial<Facts>
  /** `standard` by default. */
  profile?: ProfileName
  /** The version that the namespace pins; none by default. */
  version?: RulesetVersion
  parameters?: Readonly<Record<string, ParameterValue>>
  shutdownSeconds?: number
}

export interface Rejected extends Given {
  /** Every finding, as it is shown in full. */
  says: readonly string[]
  /** Of every finding; what the profile asks for by default. */
  severity?: Finding['severity']
  /** Who hears of every finding: always, unless it says otherwise. */
  told?: Told
}

export interface Remedied extends Given {
  /** What is injected; nothing: the policy finds something that it has no safe remedy for. */
  adds: readonly Addition[]
  /** What the policy still finds afterwards. */
  leaves?: readonly string[]
}

export interface PolicyCases {
  accepts: Readonly<Record<string, Given>>
  rejects: Readonly<Record<string, Rejected>>
  remedies?: Readonly<Record<string, Remedied>>
}

const noExemptions: Exemptions = { reasons: new Map(), remarks: [] }

function kindOf(kind: Json | undefined): WorkloadKind {
  const found = workloadKinds.find((candidate) => candidate === kind)
  if (found === undefined) throw new Error(`no kind that is judged: ${JSON.stringify(kind)}`)
  return found
}

/** The subject of an object as it arrives, frozen once it is parsed. A Scale is one of a Deployment, unless `parentKind` says otherwise. */
export function subjectFrom(object: JsonMap): Subject {
  const raw = overTheWire(object)
  if (object['kind'] === 'PodDisruptionBudget') return frozen(parseBudget(raw))
  if (object['kind'] === 'HorizontalPodAutoscaler') return frozen(parseAutoscaler('HorizontalPodAutoscaler', raw))
  if (object['kind'] === 'ScaledObject') return frozen(parseAutoscaler('ScaledObject', raw))
  if (object['kind'] === 'Service') return frozen(parseService(raw))
  if (object['kind'] === 'Scale') return frozen(parseScale(parentKindOf(object), raw))
  // A Workload of any kind is a subject; the union of kinds in its parameter hides that.
  return frozen(parseWorkload(kindOf(object['kind']), raw) as Subject)
}

function parentKindOf({ parentKind }: JsonMap): ParentKind {
  return parentKind === 'StatefulSet' ? 'StatefulSet' : 'Deployment'
}

/** A profile with this one policy in it. */
export function rulesetOf(
  policy: Policy,
  { profile = 'standard', version, parameters, shutdownSeconds }: Omit<Given, 'object'>
) {
  const override = parameters === undefined ? {} : { parameters }
  const overrides = {
    policies: new Map([[policy.id, override]]),
    common: shutdownSeconds === undefined ? {} : { shutdownSeconds }
  }
  return buildRuleset([policy], profile, overrides, version)
}

function factsIn(subject: Subject, { around = [], facts }: Given): Facts {
  return factsAround(subject, around, facts)
}

function judge(policy: Policy, given: Given): readonly Finding[] {
  const ruleset = rulesetOf(policy, given)
  const subject = subjectFrom(given.object)
  return evaluate(subject, { facts: factsIn(subject, given), ruleset, exemptions: noExemptions }).findings
}

function checkLines(test: Test, subject: Subject, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const line = findingLine(objectName(subject), finding)
    test.ok(line.length <= longestText, `its line has ${line.length} characters`)
    const hedge = hedgeOf(finding)
    test.ok(line.endsWith(`: ${finding.problem}${hedge === '' ? '' : ` (${hedge})`}; ${finding.fix}`), line)
    test.ok(line.startsWith(`${objectName(subject)}: [${finding.policy}] `), line)
    test.ok(finding.problem.length + hedge.length + finding.fix.length < longestMeaning, 'no text was cut')
  }
}

/** What the record says of an addition: of constraints what tells them from others, and what the first one replaced. */
function recordedAs({ id }: Policy, { at, value, instead, tells }: Addition, before: readonly RecordEntry[]): Injected {
  const first = before.find((entry) => entry.at === at)?.instead ?? instead
  const isSpread = at === 'topologySpreadConstraints' && Array.isArray(value)
  const kept = isSpread
    ? (value as JsonMap[]).map(({ topologyKey, whenUnsatisfiable }) => ({ topologyKey, whenUnsatisfiable }))
    : value
  const entry = { policy: id, at, value: kept, ...(tells !== undefined && { tells }) }
  return first === undefined ? entry : { ...entry, instead: first }
}

function additionsOf(policy: Policy, given: Given, record: readonly RecordEntry[]): readonly Addition[] {
  const subject = subjectFrom(given.object)
  const facts = factsIn(subject, given)
  const ruleset = rulesetOf(policy, given)
  const rules = ruleset.rulesFor(subject.kind)
  const common = commonContext({ facts, ruleset }, recordedAmong(record))
  return rules.flatMap((rule) => policy.remedy?.(contextOf(rule, subject, common)) ?? [])
}

function checkRemedy(test: Test, policy: Policy, { adds, leaves = [], ...given }: Remedied): void {
  const ruleset = rulesetOf(policy, given)
  const subject = subjectFrom(given.object)
  const facts = factsIn(subject, given)
  const record = isWorkload(subject) ? injectedIn(subject, ruleset) : []
  const context = { facts, ruleset, exemptions: noExemptions }
  test.not(judge(policy, given).length, 0, 'the policy finds something before')
  const additions = additionsOf(policy, given, record)
  test.strictSame(additions, adds)
  for (const { at } of additions) test.ok(ruleset.mayInject(policy.id, at), `it declares that it injects ${at}`)
  const { operations, injected } = injectionFor(subject, undefined, context)
  test.strictSame(
    injected,
    additions.map((addition) => recordedAs(policy, addition, record))
  )
  const patched = { ...given, object: patch(given.object, operations) }
  test.strictSame(judge(policy, patched).map(findingText), leaves, 'what the policy finds afterwards')
  const again = injectionFor(subject, undefined, context).operations
  test.strictSame(again, operations, 'the same object gets the same patch')
  test.strictSame(injectionFor(subjectFrom(patched.object), undefined, context).operations, [], 'idempotent')
}

function patch(object: JsonMap, operations: Injection['operations']): JsonMap {
  const copy = JSON.parse(JSON.stringify(object)) as JsonMap
  return jsonPatch.applyPatch(copy, [...operations], true).newDocument
}

/** Checks a policy against its cases, each in a test of its own named by the fact. */
export function checkPolicy(policy: Policy, { accepts, rejects, remedies = {} }: PolicyCases): void {
  for (const [fact, given] of Object.entries(accepts)) {
    void t.test(`accepts ${fact}`, (test) => {
      test.strictSame(judge(policy, given).map(findingText), [])
      test.strictSame(additionsOf(policy, given, []), [], 'so there is nothing to remedy')
      test.end()
    })
  }
  for (const [fact, { says, severity, told = 'always', ...given }] of Object.entries(rejects)) {
    void t.test(`rejects ${fact}`, (test) => {
      const findings = judge(policy, given)
      test.strictSame(findings.map(findingText), says)
      const weight = severity ?? policy.profiles[given.profile ?? 'standard']
      for (const finding of findings) {
        test.equal(finding.severity, weight)
        const { certainty } = finding
        test.equal(certainty.kind === 'certain' ? 'always' : certainty.told, told, 'who hears of it')
      }
      checkLines(test, subjectFrom(given.object), findings)
      test.end()
    })
  }
  for (const [fact, remedied] of Object.entries(remedies)) {
    void t.test(`remedy: ${fact}`, (test) => {
      checkRemedy(test, policy, remedied)
      test.end()
    })
  }
}

const labels: JsonMap = { app: 'web' }

/** A budget of the pods `app: web`, with the given spec beside; or with a selector of its own. */
export function budgetWith(spec: JsonMap, metadata: JsonMap = {}): JsonMap {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: { selector: { matchLabels: labels }, ...spec }
  }
}

/** A workload of a kind with the given pod spec, labelled `app: web`; `spec` goes beside the template, `metadata` over its own. */
export function workloadWith(kind: WorkloadKind, pod: JsonMap, spec: JsonMap = {}, metadata: JsonMap = {}): JsonMap {
  const named = { name: 'web', namespace: 'shop', ...metadata }
  const template = { metadata: { labels }, spec: pod }
  if (kind === 'Pod') return { apiVersion: 'v1', kind, metadata: { labels, ...named }, spec: pod }
  if (kind === 'Job') return { apiVersion: 'batch/v1', kind, metadata: named, spec: { template, ...spec } }
  if (kind === 'CronJob') {
    const jobTemplate = { spec: { template } }
    return { apiVersion: 'batch/v1', kind, metadata: named, spec: { schedule: '@daily', jobTemplate, ...spec } }
  }
  const selector = { matchLabels: labels }
  return { apiVersion: 'apps/v1', kind, metadata: named, spec: { selector, template, ...spec } }
}

/** A Deployment of three pods with the given pod spec. */
export function deploymentWith(pod: JsonMap, spec: JsonMap = {}, metadata: JsonMap = {}): JsonMap {
  return workloadWith('Deployment', pod, { replicas: 3, ...spec }, metadata)
}

/** Metadata with the record of what was injected, as an object has it that has been here before. */
export function recording(...entries: readonly RecordEntry[]): JsonMap {
  return { annotations: { [injectedKey]: JSON.stringify(entries) } }
}
