import type { CompanionManifest } from '../../companion/manifest.ts'
import { desiredCompanion } from '../../companion/desired.ts'
import type { LookConfig } from '../../config/look-schema.ts'
import { injectEnabled, injectKey, modeKey } from '../../engine/api.ts'
import type { CompanionRules } from '../../engine/companion-wish.ts'
import { buildClusterView } from '../../inventory/cluster-view.ts'
import { known } from '../../inventory/fact.ts'
import type { ObjectSet } from '../../inventory/object-set.ts'
import { refOfSubject } from '../../inventory/subject-workload.ts'
import { kinds } from '../../kube/kinds.ts'
import type { Workload } from '../../kube/workload.ts'
import { workloadKey } from '../../kube/workload-key.ts'

/** The policy that a companion makes true. */
export const companionPolicy = 'disruption-budget'

/**
 * The companion that a workload of a set would have if its namespace opted in; undefined if it would have none: one that a budget selects,
 * that shares its pods with another workload, or that runs no second replica. It is the one that the file of the workload sees.
 */
export function companionFor(
  workload: Workload,
  { set, rules, config }: { set: Pick<ObjectSet, 'inventory' | 'readiness'>; rules: CompanionRules; config: LookConfig }
): CompanionManifest | undefined {
  const ref = refOfSubject(workload)
  const { group, version } = kinds[workload.kind]
  const view = buildClusterView(set.inventory, set.readiness)
  const around = view.around(workloadKey(ref))
  if (!around.known) return undefined
  const labels = { [modeKey]: 'enforce', [injectKey]: injectEnabled }
  const desired = desiredCompanion({
    ref,
    around: known({
      workload: around.value.workload,
      namespace: { labels, terminating: false },
      budgets: around.value.budgets,
      overlapping: around.value.overlapping,
      companions: around.value.companions
    }),
    named: known(undefined),
    rules: { ...rules, enabled: true, excludedNamespaces: new Set() },
    maxUnavailable: config.companion.maxUnavailable,
    giveWayMs: 0,
    withheld: undefined,
    now: 0,
    apiVersion: `${group}/${version}`
  })
  return desired.verdict === 'keep' ? desired.manifest : undefined
}
