import type { ObjectEvent } from '../../companion/event.ts'
import { type CompanionRules, modeOf } from '../../engine/companion-wish.ts'
import { injectEnabled, injectKey } from '../../engine/api.ts'
import type { Inventory, Listener } from '../../inventory/inventory.ts'
import { sourceKinds } from '../../inventory/source.ts'
import type { KeptWorkload } from '../../inventory/workloads.ts'
import { label } from '../../kube/label-selector.ts'
import { apiVersionOf } from '../../kube/resource-kind.ts'

export interface RepairEventsOptions {
  inventory: Pick<Inventory, 'listeners' | 'namespaces'>
  rules: Pick<CompanionRules, 'defaultMode' | 'excludedNamespaces'>
  record: (event: ObjectEvent) => void
}

/**
 * Records an Event on each workload to which the webhook adds something from now on. The webhook itself has no side effects, so the
 * record in the workload's annotation shows it. Of what was added before, nothing is said. Returns a function that stops it.
 */
export function recordRepairs({ inventory, rules, record }: RepairEventsOptions): () => void {
  const listener: Listener = {
    workload: (_key, before, after) => {
      const news = after?.added?.filter((part) => before?.added?.includes(part) !== true) ?? []
      if (after === undefined || news.length === 0 || !mayBeRepaired(after, inventory, rules)) return
      const event = eventOn(after, `Holdfast added ${news.join(', ')}`)
      if (event !== undefined) record(event)
    },
    autoscaler: () => {},
    budget: () => {},
    namespace: () => {}
  }
  inventory.listeners.add(listener)
  return () => inventory.listeners.delete(listener)
}

/** Elsewhere the annotation was copied from another object. A namespace that is new may be seen after its workloads. */
function mayBeRepaired(
  { metadata: { namespace: name = '' } }: KeptWorkload,
  { namespaces }: RepairEventsOptions['inventory'],
  rules: RepairEventsOptions['rules']
): boolean {
  const namespace = namespaces.get(name)
  if (namespace === undefined) return true
  const { labels } = namespace
  const mode = modeOf({ name, labels }, rules)
  return mode !== undefined && mode !== 'audit' && label(labels, injectKey) === injectEnabled
}

function eventOn({ group, kind, metadata }: KeptWorkload, note: string): ObjectEvent | undefined {
  const found = sourceKinds.workloads.find((one) => one.group === group && one.kind === kind)
  const { namespace = '', name = '', uid = '' } = metadata
  if (found === undefined || uid === '') return undefined
  const regarding = { apiVersion: apiVersionOf(found), kind, namespace, name, uid }
  return { regarding, type: 'Normal', reason: 'Repaired', note }
}
