import manifest from '../../../package.json' with { type: 'json' }
import { fileVersion, injectEnabled, injectKey, modes, modeOff } from '../../engine/api.ts'
import { recordOf } from '../../engine/injection/record.ts'
import type { Judgement } from '../../engine/judge.ts'
import type { ChooseRuleset } from '../../engine/profile.ts'
import { known } from '../../inventory/fact.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { label } from '../../kube/label-selector.ts'
import { isObject, type JsonObject } from '../../kube/shape.ts'
import { type Changed, compareCounts, type NamespaceCounts } from '../../report/cluster-report.ts'
import type { Incomplete, Report, ReportedObject } from '../../report/report.ts'
import { compareResults } from '../../report/results.ts'
import { BudgetList } from '../scan/budget-list.ts'
import { PodMap } from '../scan/pod-map.ts'
import { Tally } from '../scan/tally.ts'
import type { ScannedMode, ScannedObject } from './scanned-object.ts'
import { WorstResults } from './worst-results.ts'

/** What the page shows at most: some 5 MB. */
const mostFindings = 5000
const mostRows = 2000

export interface PageReportOptions {
  inventory: Inventory
  /** As `slimNode` gives them. */
  nodes: readonly JsonObject[]
  chooseRuleset: ChooseRuleset
  modeIn: (namespace: string) => ScannedMode
}

/** Collects what the page shows of one scan. It keeps the worst findings, and of each table the first rows, and says what it leaves out. */
export class PageReport {
  readonly #options: PageReportOptions
  readonly #results = new WorstResults(mostFindings)
  readonly #tally = new Tally()
  readonly #budgets = new BudgetList()
  readonly #changed: Changed[] = []
  readonly #pods: PodMap
  #changedLeft = 0
  #fixable = 0

  constructor(options: PageReportOptions) {
    this.#options = options
    this.#pods = new PodMap(options.nodes, options.inventory)
  }

  /** An object that was judged, and its own JSON. */
  judged({ scope, results }: ScannedObject, { subject, ruleset }: Judgement, object: JsonObject): void {
    this.#results.add(results)
    this.#tally.add(scope.namespace, results)
    this.#fixable += results.filter(({ fixable, suppressed }) => fixable && suppressed === undefined).length
    if (subject.kind === 'PodDisruptionBudget') this.#budgets.add(subject, object)
    const injected = recordOf(subject.metadata, ruleset).map(({ policy }) => policy)
    if (injected.length > 0)
      this.#change({ object: ofScope(scope), policies: [...new Set(injected)], companion: false })
  }

  /** A companion: it is not judged. */
  companion(budget: Parameters<BudgetList['add']>[0], object: JsonObject, reported: ReportedObject): void {
    this.#budgets.add(budget, object)
    this.#change({ object: reported, policies: ['disruption-budget'], companion: true })
  }

  pod(object: JsonObject): void {
    this.#pods.add(object)
  }

  #change(changed: Changed): void {
    if (this.#changed.length < mostRows) this.#changed.push(changed)
    else this.#changedLeft++
  }

  end(problems: readonly string[]): Report {
    const { results, left } = this.#results.end()
    const counts = this.#tally.counts()
    const sum = (of: 'objects' | 'required' | 'advised' | 'unknown' | 'exempted') =>
      counts.reduce((total, one) => total + one[of], 0)
    const { nodes, workloads } = this.#pods.placement()
    const namespaces = cut(counts.map((one): NamespaceCounts => this.#withLabels(one)).toSorted(compareCounts))
    const budgets = cut(this.#budgets.sorted())
    const placed = cut(workloads)
    return {
      apiVersion: fileVersion,
      kind: 'Report',
      command: 'scan',
      version: manifest.version,
      summary: {
        files: 0,
        objects: sum('objects'),
        required: sum('required'),
        advised: sum('advised'),
        unknown: sum('unknown'),
        fixable: this.#fixable,
        exempted: sum('exempted'),
        baselined: 0
      },
      results: results.toSorted(compareResults),
      incomplete: [
        ...problems.map((problem) => ({ file: 'a list', problem })),
        ...leftOut('findings', left),
        ...leftOut('namespaces', namespaces.left),
        ...leftOut('workloads of the map', placed.left),
        ...leftOut('budgets', budgets.left),
        ...leftOut('what Holdfast changed', this.#changedLeft)
      ],
      stale: [],
      cluster: {
        namespaces: namespaces.rows,
        changed: this.#changed,
        budgets: budgets.rows,
        placement: { nodes, workloads: placed.rows }
      }
    }
  }

  #withLabels(counts: ReturnType<Tally['counts']>[number]): NamespaceCounts {
    const { inventory, chooseRuleset, modeIn } = this.#options
    const { name } = counts
    const labels = inventory.namespaces.get(name)?.labels ?? {}
    const { ruleset } = chooseRuleset(known(labels))
    const mode = modeIn(name)
    return {
      ...counts,
      profile: ruleset.profile,
      version: ruleset.version,
      mode: modes.find((one) => one === mode) ?? modeOff,
      injects: label(labels, injectKey) === injectEnabled,
      enforceable: mode !== 'system'
    }
  }
}

function ofScope({ apiVersion, kind, namespace, name }: ScannedObject['scope']): ReportedObject {
  return { apiVersion, kind, namespace, name }
}

function cut<T>(rows: readonly T[]): { rows: readonly T[]; left: number } {
  return { rows: rows.slice(0, mostRows), left: Math.max(0, rows.length - mostRows) }
}

function leftOut(what: string, count: number): readonly Incomplete[] {
  if (count === 0) return []
  return [{ file: what, problem: `${count} more are not shown here; holdfast scan --format html shows all` }]
}

/** The part of a node that the map shows: the images of a node alone take kilobytes. */
export function slimNode({ metadata, spec, status }: JsonObject): JsonObject {
  const conditions = isObject(status) && Array.isArray(status['conditions']) ? status['conditions'] : []
  const ready = conditions.filter((condition) => isObject(condition) && condition['type'] === 'Ready')
  const { name, labels } = isObject(metadata) ? metadata : {}
  const unschedulable = isObject(spec) ? spec['unschedulable'] : undefined
  return { metadata: { name, labels }, spec: { unschedulable }, status: { conditions: ready } }
}
