import type { Autoscaler } from '../kube/autoscaler.ts'
import { kinds } from '../kube/kinds.ts'
import { groupOf, type WorkloadKey, workloadKey } from '../kube/workload-key.ts'
import { ObjectStore, type OnChange } from './object-store.ts'

export function targetKeyOf({ metadata, target }: Autoscaler): WorkloadKey {
  return workloadKey({ ...target, namespace: metadata.namespace ?? '' })
}

/** The ScaledObjects among autoscalers, by their names and by those of the HorizontalPodAutoscalers that they take over. */
interface Wholes {
  names: ReadonlySet<string | undefined>
  takenOver: ReadonlySet<string | undefined>
}

function wholesAmong(autoscalers: readonly Autoscaler[]): Wholes {
  const names = new Set<string | undefined>()
  const takenOver = new Set<string | undefined>()
  for (const { kind, metadata, takesOver } of autoscalers) {
    if (kind !== 'ScaledObject') continue
    names.add(metadata.name)
    if (takesOver !== undefined) takenOver.add(takesOver)
  }
  return { names, takenOver }
}

/**
 * Whether a HorizontalPodAutoscaler is the one of a ScaledObject: KEDA made it for that, or takes it over. The two count as one autoscaler.
 */
function isPartOf(
  { kind, metadata: { name, ownerReferences = [] } }: Autoscaler,
  { names, takenOver }: Wholes
): boolean {
  if (kind !== 'HorizontalPodAutoscaler') return false
  if (takenOver.has(name)) return true
  return ownerReferences.some(({ apiVersion = '', kind: owner, name: ownerName }) => {
    return owner === 'ScaledObject' && groupOf(apiVersion) === kinds.ScaledObject.group && names.has(ownerName)
  })
}

/** Whether two autoscalers of one namespace are the same: one object, or a ScaledObject and its HorizontalPodAutoscaler. */
export function isSameAutoscaler(one: Autoscaler, other: Autoscaler): boolean {
  if (one.kind === other.kind && one.metadata.name === other.metadata.name) return true
  return isPartOf(one, wholesAmong([other])) || isPartOf(other, wholesAmong([one]))
}

function rank(one: Autoscaler, other: Autoscaler): number {
  if (one.minReplicas !== other.minReplicas) return one.minReplicas - other.minReplicas
  return `${one.kind}/${one.metadata.name}` < `${other.kind}/${other.metadata.name}` ? -1 : 1
}

/**
 * The autoscaler that limits how few replicas may run. If a workload has several, it is the one with the lowest floor. Null if there is
 * none.
 */
export function lowest(autoscalers: readonly Autoscaler[]): Autoscaler | null {
  return autoscalers.length < 2 ? (autoscalers[0] ?? null) : (autoscalers.toSorted(rank)[0] ?? null)
}

/** The autoscalers of all kinds, by what they drive. */
export class Autoscalers {
  readonly #byTarget = new Map<WorkloadKey, readonly Autoscaler[]>()

  /** The store of one kind. */
  open(told: OnChange<Autoscaler>): ObjectStore<Autoscaler> {
    return new ObjectStore<Autoscaler>((_key, before, after) => this.#reindex(before, after), told)
  }

  *all(): Iterable<Autoscaler> {
    for (const autoscalers of this.#byTarget.values()) yield* autoscalers
  }

  /** All autoscalers with this target. A ScaledObject also stands for its HorizontalPodAutoscaler. */
  of(target: WorkloadKey): readonly Autoscaler[] {
    const all = this.#byTarget.get(target) ?? []
    if (all.length < 2) return all
    const wholes = wholesAmong(all)
    return wholes.names.size === 0 ? all : all.filter((each) => !isPartOf(each, wholes))
  }

  #reindex(before: Autoscaler | undefined, after: Autoscaler | undefined): void {
    if (before !== undefined) {
      const key = targetKeyOf(before)
      const left = (this.#byTarget.get(key) ?? []).filter((each) => each !== before)
      if (left.length === 0) this.#byTarget.delete(key)
      else this.#byTarget.set(key, left)
    }
    if (after === undefined) return
    const key = targetKeyOf(after)
    this.#byTarget.set(key, [...(this.#byTarget.get(key) ?? []), after])
  }
}
