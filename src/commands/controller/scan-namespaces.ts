import type { Api } from '../../cluster/api/api.ts'
import { clusterLister } from '../../cluster/lister.ts'
import { readServerVersion } from '../../cluster/server-version.ts'
import type { Config } from '../../config.ts'
import { injectEnabled, injectKey, modeOff } from '../../engine/api.ts'
import { isEnforceable, modeOf } from '../../engine/companion-wish.ts'
import { buildJudge, type Judge, type Judgement } from '../../engine/judge.ts'
import type { Policy, Subject } from '../../engine/policy.ts'
import { buildChooseRuleset } from '../../engine/profile.ts'
import { isCompanionBudget, isLeaving, isPart } from '../../engine/subject.ts'
import { buildClusterView } from '../../inventory/cluster-view.ts'
import { known } from '../../inventory/fact.ts'
import { buildFactSource } from '../../inventory/fact-source.ts'
import { Inventory } from '../../inventory/inventory.ts'
import { fillInventory } from '../../inventory/lister.ts'
import { allKinds, type Kind } from '../../kube/kinds.ts'
import { label, type Labels } from '../../kube/label-selector.ts'
import { apiVersionOf, groupResource } from '../../kube/resource-kind.ts'
import { isObject, type JsonObject, MalformedObject } from '../../kube/shape.ts'
import { disruptionBudget } from '../../policies/disruption-budget.ts'
import type { Result } from '../../report/report.ts'
import { resultsOf } from '../../report/results.ts'
import { type MendingOf, mendingOf } from '../look/remedies.ts'
import { companionRules, inventoryOptions, today } from '../process/companions.ts'
import { deniedFor, withDenied } from '../scan/denied.ts'
import type { ScanCluster, ScannedMode, ScannedObject } from './scanned-object.ts'
import { PageReport, slimNode } from './page-report.ts'

export interface ScanNamespacesOptions {
  api: Api
  config: Config
  policies: readonly Policy[]
  /** Collects garbage: objects that are let go would otherwise take several times the memory of those that are kept. */
  collectGarbage: () => void
}

/** Objects that are looked at between two collections: some 15 MB of garbage. */
const objectsPerCollection = 1000

/**
 * Judges what is in the namespaces that have opted in, or in all, as admission would. It lists everything twice, in pages: what facts are
 * taken from, and what is judged. Between two scans it keeps nothing.
 */
export function buildScanNamespaces({ api, config, policies, collectGarbage }: ScanNamespacesOptions): ScanCluster {
  return async (visit, signal) => {
    const serverVersion = known(config.serverVersion ?? (await readServerVersion(api, signal)))
    const inventory = new Inventory(inventoryOptions(config))
    const lister = clusterLister({ api })
    const nodes: JsonObject[] = []
    let looked = 0
    const count = (): void => {
      if (++looked % objectsPerCollection === 0) collectGarbage()
    }
    const { unlisted, readiness } = await fillInventory(inventory, lister, (object) => {
      count()
      if (config.scan.page && object['kind'] === 'Node') nodes.push(slimNode(object))
    })
    const companions = companionRules(config, policies)
    const source = buildFactSource({ inventory, readiness, serverVersion: () => serverVersion, companions })
    const { profile, policies: overrides, common, exemptions } = config
    const chooseRuleset = buildChooseRuleset({ policies, profile, overrides: { policies: overrides, common } })
    const judge = buildJudge({ policies, chooseRuleset, exemptions, ...source, today })
    const labelsOf = (name: string): Labels => inventory.namespaces.get(name)?.labels ?? {}
    const modeIn = (name: string): ScannedMode => {
      if (!isEnforceable(name, config)) return 'system'
      return modeOf({ name, labels: labelsOf(name) }, config) ?? modeOff
    }
    const isScanned = (name: string): boolean => {
      const mode = modeIn(name)
      return config.scan.namespaces === 'all' || (mode !== modeOff && mode !== 'system')
    }
    const page = config.scan.page ? new PageReport({ inventory, nodes, chooseRuleset, modeIn }) : undefined
    const scan = new Scan({
      judge,
      modeIn,
      isScanned,
      injectsIn: (name) => label(labelsOf(name), injectKey) === injectEnabled,
      mending: { set: { inventory, view: buildClusterView(inventory, readiness) }, config, companions },
      page,
      visit
    })
    const problems = unlisted.map(({ resource, problem }) => `${resource}: ${problem}`)
    for (const kind of allKinds) {
      if (kind.parse === undefined) continue
      signal.throwIfAborted()
      const problem = await lister.each(kind, (object) => {
        scan.look(kind, object)
        count()
      })
      if (problem !== undefined) problems.push(`${groupResource(kind)}: ${problem}`)
    }
    const all = [...new Set(problems)]
    return page === undefined ? { problems: all } : { problems: all, report: page.end(all) }
  }
}

interface Looking {
  judge: Judge
  modeIn: (namespace: string) => ScannedMode
  isScanned: (namespace: string) => boolean
  /** Whether its labels allow repairs. */
  injectsIn: (namespace: string) => boolean
  mending: MendingOf
  page: PageReport | undefined
  visit: (object: ScannedObject) => void
}

/** One scan: it judges each object, and lets go of it. */
class Scan {
  readonly #options: Looking

  constructor(options: Looking) {
    this.#options = options
  }

  look(kind: Kind, object: JsonObject): void {
    const { page, isScanned, visit, judge } = this.#options
    const subject = parsed(kind, object)
    if (subject === undefined) return
    const { namespace = '', name = '', uid = '' } = subject.metadata
    if (!isScanned(namespace)) return
    if (kind.kind === 'Pod') page?.pod(object)
    if (isPart(subject) || isLeaving(subject)) return
    const of = { apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name }
    if (isCompanionBudget(subject)) {
      if (subject.kind === 'PodDisruptionBudget') page?.companion(subject, object, of)
      return
    }
    const judgement = judge(subject, namespace)
    const scanned: ScannedObject = {
      scope: { ...of, uid },
      mode: this.#options.modeIn(namespace),
      results: this.#resultsOf(judgement, of),
      createdAt: createdAtOf(object),
      isUnprotected: isUnprotected(judgement)
    }
    page?.judged(scanned, judgement, object)
    visit(scanned)
  }

  /** What would be denied and what would be mended is for the page alone. */
  #resultsOf(judgement: Judgement, object: Result['object']): readonly Result[] {
    const { page, mending, modeIn, injectsIn } = this.#options
    if (page === undefined) return resultsOf({ judgement, object, isFixable: () => false })
    const { isFixable } = mendingOf(judgement, mending)
    const mode = modeIn(object.namespace)
    const reasons = deniedFor(judgement, {
      mode: mode === 'system' || mode === 'off' ? undefined : mode,
      isRepaired: injectsIn(object.namespace)
    })
    return withDenied(resultsOf({ judgement, object, isFixable }), reasons)
  }
}

/** Undefined for an object that is not in a shape that the API server stores. */
function parsed(kind: Kind, object: JsonObject): Subject | undefined {
  try {
    return kind.parse?.(object)
  } catch (error) {
    if (error instanceof MalformedObject) return undefined
    throw error
  }
}

function createdAtOf({ metadata }: JsonObject): number | undefined {
  const created = isObject(metadata) ? Date.parse(String(metadata['creationTimestamp'])) : NaN
  return Number.isNaN(created) ? undefined : created
}

/** By the policy with its defaults: whatever the profile of its namespace asks for, and whatever is exempt. */
function isUnprotected({ subject, facts }: Judgement): boolean {
  if (subject.kind !== 'Deployment' && subject.kind !== 'StatefulSet') return false
  const parameters = { atOncePercent: 100 }
  const found = disruptionBudget.check({ subject, facts, parameters, recorded: () => undefined, amended: () => true })
  return found.some(({ certainty }) => certainty.kind === 'certain')
}
