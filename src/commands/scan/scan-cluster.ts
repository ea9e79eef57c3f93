import type { LookConfig } from '../../config/look-schema.ts'
import { type Mode, modeOff, profileKey, type ProfileName, profileVersionKey } from '../../engine/api.ts'
import { injectEnabled, injectKey } from '../../engine/api.ts'
import { type CompanionRules, isEnforceable, modeOf } from '../../engine/companion-wish.ts'
import { endedText } from '../../engine/exemption.ts'
import { recordOf } from '../../engine/injection/record.ts'
import { buildJudge, type Judge, type Judgement } from '../../engine/judge.ts'
import type { Policy, Subject } from '../../engine/policy.ts'
import { buildChooseRuleset, type ChooseRuleset } from '../../engine/profile.ts'
import { isCompanionBudget, isLeaving, isPart, objectName } from '../../engine/subject.ts'
import type { Fact } from '../../inventory/fact.ts'
import { buildClusterView, type ClusterView } from '../../inventory/cluster-view.ts'
import { buildFactSource } from '../../inventory/fact-source.ts'
import { Inventory } from '../../inventory/inventory.ts'
import { fillInventory, type Lister, type Unlisted } from '../../inventory/lister.ts'
import { allKinds, type Kind } from '../../kube/kinds.ts'
import { label, type Labels } from '../../kube/label-selector.ts'
import { apiVersionOf, groupResource } from '../../kube/resource-kind.ts'
import type { ServerVersion } from '../../kube/server-version.ts'
import { isObject, type JsonObject, MalformedObject } from '../../kube/shape.ts'
import {
  type Changed,
  type ClusterReport,
  compareCounts,
  type NamespaceCounts,
  type Turned,
  type Verdict,
  verdicts
} from '../../report/cluster-report.ts'
import type { Incomplete, ReportedObject, Result } from '../../report/report.ts'
import { compareResults, resultsOf } from '../../report/results.ts'
import { companionRules } from '../process/companions.ts'
import { type Mending, mendingOf } from '../look/remedies.ts'
import { BudgetList } from './budget-list.ts'
import { deniedFor, withDenied } from './denied.ts'
import { PodMap } from './pod-map.ts'
import { Tally } from './tally.ts'

/** By what the objects of a cluster are judged. */
export interface Rules {
  config: LookConfig
  /** In place of the modes of all namespaces. */
  mode?: Mode | undefined
  /** In place of the labels of namespaces that have none; of all with `beforeLabels`. */
  profile?: ProfileName | undefined
  profileVersion?: string | undefined
  beforeLabels?: boolean
}

export interface ScanOptions {
  lister: Lister
  policies: readonly Policy[]
  rules: Rules
  /** What the rules are compared with; undefined: with nothing. */
  present: Rules | undefined
  serverVersion: Fact<ServerVersion>
  today: () => string
  /** Leaves out what an injection or a companion would mend. */
  withRepairs: boolean
  groupBy: string | undefined
  /** Whether a kind is looked at. */
  wantsKind: (kind: Kind) => boolean
  /** Whether an object is looked at, by its labels. */
  wants: (labels: Labels) => boolean
  /** Whether a namespace is looked at that Holdfast leaves alone. */
  system: boolean
  /** Whether the report says where pods run. */
  placement: boolean
  /** Marks what the configuration exempts. */
  mark: (result: Result) => Result
}

export interface Scanned {
  objects: number
  results: readonly Result[]
  incomplete: readonly Incomplete[]
  cluster: ClusterReport
  notes: readonly string[]
  /** The exemptions that have ended, in words. */
  ended: readonly string[]
}

/**
 * Judges the objects of a cluster in two passes: the first lists what facts are taken from, the second lists the judged objects, and lets
 * go of each once it is judged. Memory holds the inventory, the findings, and one object.
 */
export async function scanCluster(options: ScanOptions): Promise<Scanned> {
  const { lister, rules, placement } = options
  const inventory = new Inventory({
    customWorkloads: rules.config.companion.kinds.filter(({ group }) => group !== 'apps')
  })
  const namespaceLabels = new Map<string, string>()
  const nodes: JsonObject[] = []
  const filled = await fillInventory(inventory, lister, (object) => {
    if (object['kind'] === 'Namespace' && options.groupBy !== undefined) {
      const value = label(labelsOf(object), options.groupBy)
      if (value !== undefined) namespaceLabels.set(nameOf(object), value)
    }
    if (object['kind'] === 'Node' && placement) nodes.push(object)
  })
  const view = buildClusterView(inventory, filled.readiness)
  const scan = new Scan(options, { inventory, view, ...filled, namespaceLabels })
  const pods = placement ? new PodMap(nodes, inventory) : undefined
  for (const kind of allKinds) {
    const isShown = kind.kind === 'Pod' && pods !== undefined
    if (kind.parse === undefined || !(options.wantsKind(kind) || isShown)) continue
    const problem = await lister.each(kind, (object) => {
      if (isShown) pods.add(object)
      if (options.wantsKind(kind)) scan.visit(kind, object)
    })
    if (problem !== undefined) scan.miss({ resource: groupResource(kind), problem })
  }
  return scan.end(pods)
}

interface Known {
  inventory: Inventory
  view: ClusterView
  readiness: Parameters<typeof buildFactSource>[0]['readiness']
  unlisted: readonly Unlisted[]
  namespaceLabels: ReadonlyMap<string, string>
}

class Scan {
  readonly #options: ScanOptions
  readonly #known: Known
  readonly #judge: Judge
  readonly #presentJudge: Judge | undefined
  readonly #chooseRuleset: ChooseRuleset
  readonly #companions = new Map<LookConfig, CompanionRules>()
  readonly #results: Result[] = []
  readonly #incomplete = new Map<string, string>()
  readonly #notes = new Set<string>()
  readonly #ended: string[] = []
  readonly #changed: Changed[] = []
  readonly #turned: Turned[] = []
  readonly #budgets = new BudgetList()
  readonly #byNamespace = new Tally()
  readonly #byGroup = new Tally()
  #objects = 0

  constructor(options: ScanOptions, known: Known) {
    this.#options = options
    this.#known = known
    const chooser = (rules: Rules) => chooseRulesetOf(options.policies, rules)
    this.#chooseRuleset = chooser(options.rules)
    this.#judge = this.#judgeBy(options.rules, this.#chooseRuleset)
    const { present } = options
    this.#presentJudge = present === undefined ? undefined : this.#judgeBy(present, chooser(present))
    for (const unlisted of known.unlisted) this.miss(unlisted)
  }

  #judgeBy(rules: Rules, chooseRuleset: ChooseRuleset): Judge {
    const { policies, today, serverVersion } = this.#options
    const { inventory, readiness } = this.#known
    const companions = this.#companionsBy(rules.config)
    const source = buildFactSource({ inventory, readiness, serverVersion: () => serverVersion, companions })
    return buildJudge({ policies, chooseRuleset, exemptions: rules.config.exemptions, today, ...source })
  }

  /** Read once for each configuration, not for each object. */
  #companionsBy(config: LookConfig): CompanionRules {
    const { policies, today } = this.#options
    const companions = this.#companions.get(config) ?? companionRules(config, policies, today)
    this.#companions.set(config, companions)
    return companions
  }

  miss({ resource, problem }: Unlisted): void {
    this.#incomplete.set(resource, problem)
  }

  visit(kind: Kind, object: JsonObject): void {
    if (!this.#options.wants(labelsOf(object))) return
    const reported = reportedOf(kind, object)
    const { namespace } = reported
    if (!this.#options.system && !this.#isEnforceable(namespace)) return
    const subject = this.#parse(kind, object)
    if (subject === undefined || isPart(subject) || isLeaving(subject)) return
    if (subject.kind === 'PodDisruptionBudget') this.#budgets.add(subject, object)
    if (isCompanionBudget(subject)) {
      this.#changed.push({ object: reported, policies: ['disruption-budget'], companion: true })
      return
    }
    this.#objects++
    this.#judged(subject, reported, labelsOf(object))
  }

  #parse(kind: Kind, object: JsonObject): Subject | undefined {
    try {
      return kind.parse?.(object)
    } catch (error) {
      if (!(error instanceof MalformedObject)) throw error
      this.#incomplete.set(`${kind.kind} ${keyOf(object)}`, error.message)
      return undefined
    }
  }

  #judged(subject: Subject, object: ReportedObject, labels: Labels): void {
    const { withRepairs, rules, present, mark, groupBy } = this.#options
    const { namespace } = object
    const judgement = this.#judge(subject, namespace)
    for (const remark of judgement.remarks) this.#notes.add(namespace === '' ? remark : `${namespace}: ${remark}`)
    const end = endedText(judgement.exemptions)
    if (end !== undefined) this.#ended.push(`${namespace}: ${objectName(subject)}: ${end}`)
    const isFixable = this.#fixable(judgement, rules)
    const shown = resultsOf({ judgement, object, isFixable })
      .map(mark)
      .filter(({ fixable, suppressed }) => !(withRepairs && fixable && suppressed === undefined))
    const results = withDenied(shown, this.#deniedFor(judgement, rules))
    this.#results.push(...results)
    this.#byNamespace.add(namespace, results)
    if (groupBy !== undefined) {
      const group = label(labels, groupBy) ?? this.#known.namespaceLabels.get(namespace) ?? ''
      this.#byGroup.add(group, results)
    }
    const injected = recordOf(subject.metadata, judgement.ruleset).map(({ policy }) => policy)
    if (injected.length > 0) this.#changed.push({ object, policies: [...new Set(injected)], companion: false })
    if (this.#presentJudge !== undefined && present !== undefined) {
      const before = this.#presentJudge(subject, namespace)
      const was = resultsOf({ judgement: before, object, isFixable: this.#fixable(before, present) })
      const from = verdictOf(withDenied(was, this.#deniedFor(before, present)))
      const to = verdictOf(results)
      if (from.verdict !== to.verdict)
        this.#turned.push({ object, from: from.verdict, to: to.verdict, policies: to.policies })
    }
  }

  #fixable(judgement: Judgement, { config }: Rules): Mending['isFixable'] {
    return mendingOf(judgement, { set: this.#known, config, companions: this.#companionsBy(config) }).isFixable
  }

  #deniedFor(judgement: Judgement, rules: Rules) {
    const { namespace = '' } = judgement.subject.metadata
    const isRepaired = this.#options.withRepairs || this.#injectsIn(namespace)
    return deniedFor(judgement, { mode: this.#modeIn(namespace, rules), isRepaired })
  }

  #labels(namespace: string): Labels {
    return this.#known.inventory.namespaces.get(namespace)?.labels ?? {}
  }

  #injectsIn(namespace: string): boolean {
    return label(this.#labels(namespace), injectKey) === injectEnabled
  }

  #isEnforceable(namespace: string): boolean {
    return isEnforceable(namespace, this.#options.rules.config)
  }

  #modeIn(namespace: string, { mode, config }: Rules): Mode | undefined {
    if (!this.#isEnforceable(namespace)) return undefined
    return mode ?? modeOf({ name: namespace, labels: this.#labels(namespace) }, config)
  }

  end(pods: PodMap | undefined): Scanned {
    const { groupBy, rules, present } = this.#options
    const namespaces = this.#byNamespace.counts().map((counts): NamespaceCounts => {
      const { name } = counts
      const existing = this.#known.inventory.namespaces.get(name)
      const { ruleset } = this.#chooseRuleset(
        existing === undefined ? { known: false, why: '' } : { known: true, value: existing.labels }
      )
      return {
        ...counts,
        profile: ruleset.profile,
        version: ruleset.version,
        mode: this.#modeIn(name, rules) ?? modeOff,
        injects: this.#injectsIn(name),
        enforceable: this.#isEnforceable(name)
      }
    })
    return {
      objects: this.#objects,
      results: this.#results.sort(compareResults),
      incomplete: Array.from(this.#incomplete, ([file, problem]) => ({ file, problem })),
      notes: [...this.#notes],
      ended: this.#ended.toSorted(),
      cluster: {
        namespaces: namespaces.toSorted(compareCounts),
        ...(groupBy !== undefined && {
          groups: { label: groupBy, values: this.#byGroup.counts().toSorted(compareCounts) }
        }),
        changed: this.#changed.toSorted((one, other) => compareObjects(one.object, other.object)),
        budgets: this.#budgets.sorted(),
        ...(present !== undefined && {
          turned: this.#turned.toSorted((one, other) => {
            return verdicts.indexOf(one.to) - verdicts.indexOf(other.to) || compareObjects(one.object, other.object)
          })
        }),
        ...(pods !== undefined && { placement: pods.placement() })
      }
    }
  }
}

function chooseRulesetOf(policies: readonly Policy[], rules: Rules): ChooseRuleset {
  const { config, profile, profileVersion, beforeLabels = false } = rules
  const { policies: overrides, common } = config
  const choose = buildChooseRuleset({
    policies,
    profile: profile ?? config.profile,
    overrides: { policies: overrides, common }
  })
  const given = {
    ...(beforeLabels && profile !== undefined && { [profileKey]: profile }),
    ...(profileVersion !== undefined && { [profileVersionKey]: profileVersion })
  }
  return (labels) => {
    const own = labels.known ? labels.value : {}
    return choose({ known: true, value: beforeLabels ? { ...own, ...given } : { ...given, ...own } })
  }
}

/** The most severe of what counts in an object, and for which policies. */
function verdictOf(results: readonly Result[]): { verdict: Verdict; policies: readonly string[] } {
  const counted = results.filter(({ suppressed }) => suppressed === undefined)
  for (const verdict of verdicts) {
    const found = counted.filter(({ denied, severity }) =>
      verdict === 'denied' ? denied === true : severity === verdict
    )
    if (found.length > 0) return { verdict, policies: [...new Set(found.map(({ policy }) => policy))] }
  }
  return { verdict: 'pass', policies: [] }
}

function compareObjects(one: ReportedObject, other: ReportedObject): number {
  const [first, second] = [one, other].map(({ namespace, kind, name }) => `${namespace}/${kind}/${name}`)
  return first === second ? 0 : (first ?? '') < (second ?? '') ? -1 : 1
}

function reportedOf(kind: Kind, object: JsonObject): ReportedObject {
  const { namespace = '', name = '' } = isObject(object['metadata']) ? object['metadata'] : {}
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, namespace: String(namespace), name: String(name) }
}

function labelsOf({ metadata }: JsonObject): Labels {
  const labels = isObject(metadata) ? metadata['labels'] : undefined
  if (!isObject(labels)) return {}
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []))
  )
}

function nameOf({ metadata }: JsonObject): string {
  return isObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : ''
}

function keyOf(object: JsonObject): string {
  const { namespace } = isObject(object['metadata']) ? object['metadata'] : {}
  return typeof namespace === 'string' ? `${namespace}/${nameOf(object)}` : nameOf(object)
}
