import type { CompanionManifest } from '../../companion/manifest.ts'
import { type Desired, desiredCompanion } from '../../companion/desired.ts'
import type { LookConfig } from '../../config/look-schema.ts'
import { injectEnabled, injectKey, modeKey } from '../../engine/api.ts'
import type { CompanionRules } from '../../engine/companion-wish.ts'
import type { ClusterView } from '../../inventory/cluster-view.ts'
import { known } from '../../inventory/fact.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { refOfSubject } from '../../inventory/subject-workload.ts'
import { kinds } from '../../kube/kinds.ts'
import type { Workload } from '../../kube/workload.ts'
import { workloadKey } from '../../kube/workload-key.ts'

/** What a workload is surrounded by: one for all of a set, as its view remembers what it has found. */
export interface Surrounding {
  inventory: Inventory
  /** Of the inventory. */
  view: ClusterView
}

interface CompanionOf {
  set: Surrounding
  rules: CompanionRules
  config: Pick<LookConfig, 'companion'>
}

/**
 * The companion that a workload of a set would have if its namespace opted in; undefined if it would have none: one that a budget selects,
 * that shares its pods with another workload, or that runs no second replica. It is the one that the file of the workload sees.
 */
export function companionFor(workload: Workload, { set, rules, config }: CompanionOf): CompanionManifest | undefined {
  // Of thousands of workloads that share their labels, nobody is told which budget would protect them.
  const found = set.inventory.steps.bound()(() => known(desiredFor(workload, { set, rules, config })))
  return found.known && found.value.verdict === 'keep' ? found.value.manifest : undefined
}

function desiredFor(workload: Workload, { set, rules, config }: CompanionOf): Desired {
  const ref = refOfSubject(workload)
  const { group, version } = kinds[workload.kind]
  const around = set.view.around(workloadKey(ref))
  const labels = { [modeKey]: 'enforce', [injectKey]: injectEnabled }
  return desiredCompanion({
    ref,
    around: around.known
      ? known({
          workload: around.value.workload,
          namespace: { labels, terminating: false },
          budgets: around.value.budgets,
          overlapping: around.value.overlapping,
          companions: around.value.companions
        })
      : around,
    named: known(undefined),
    rules: { ...rules, enabled: true, excludedNamespaces: new Set() },
    maxUnavailable: config.companion.maxUnavailable,
    giveWayMs: 0,
    withheld: undefined,
    now: 0,
    apiVersion: `${group}/${version}`
  })
}
