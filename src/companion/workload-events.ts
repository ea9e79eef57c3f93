import { type ApiError, hasStatus } from '../cluster/api/api-error.ts'
import { apiVersionOf } from '../kube/resource-kind.ts'
import { type WorkloadKey } from '../kube/workload-key.ts'
import type { NoneReason } from './desired.ts'
import type { CompanionEvent, Regarding } from './event.ts'
import type { Action, Plan, Removal } from './plan.ts'

type Message = Pick<CompanionEvent, 'type' | 'reason' | 'note'>

/** Some admission webhooks put a random id into every refusal. */
const mostCauses = 3

/** Records Events on workloads about their companions, only when the message changes and not for every plan. */
export class WorkloadEvents {
  readonly #record: (event: CompanionEvent) => void
  readonly #last = new Map<WorkloadKey, string>()
  /** The causes of refused writes that were told, until the companion is up to date. */
  readonly #refusals = new Map<WorkloadKey, Set<string>>()

  constructor(record: (event: CompanionEvent) => void) {
    this.#record = record
  }

  /** A removal has an Event of its own, once it is done. */
  planned(key: WorkloadKey, plan: Plan): void {
    const { owner, desired, actions } = plan
    if (desired.verdict === 'unknown') return
    if (desired.verdict === 'leave' && owner.uid !== undefined) return
    if (actions.length === 0) this.#refusals.delete(key)
    const message = messageOf(plan)
    if (message === undefined) return void this.#last.delete(key)
    if (this.#last.get(key) === message.note) return
    this.#last.set(key, message.note)
    if (!actions.some((action) => action.do === 'remove')) this.#recordFor(plan, message)
  }

  removed(plan: Plan, { live, why }: Removal): void {
    const note = `Removed the companion PodDisruptionBudget ${live.metadata.name ?? ''}: ${why}`
    const type = plan.desired.verdict === 'none' ? typeByReason[plan.desired.reason] : undefined
    this.#recordFor(plan, { type: type ?? 'Normal', reason: 'CompanionRemoved', note })
  }

  /** A write is tried again for as long as it is refused: each cause is told once. */
  refused(key: WorkloadKey, plan: Plan, action: Action, error: unknown): void {
    if (!isRefusal(error)) return
    const why = error.said === '' ? `the API server answered ${error.status}` : error.said
    const { name = '' } = (action.do === 'remove' ? action.live : action.manifest).metadata
    const note = `Cannot ${action.do} the companion PodDisruptionBudget ${name}: ${why}`
    const told = this.#refusals.get(key) ?? new Set()
    // The numbers of a quota change while it is used up.
    const cause = note.replaceAll(/[0-9]+/g, '#')
    if (told.has(cause) || told.size >= mostCauses) return
    this.#refusals.set(key, told.add(cause))
    this.#recordFor(plan, { type: 'Warning', reason: 'CompanionRefused', note })
  }

  #recordFor(plan: Plan, message: Message): void {
    const regarding = regardingOf(plan)
    if (regarding !== undefined) this.#record({ regarding, ...message })
  }
}

/** Whether the API server understood a write and does not want it. It refuses all writes to a namespace that is being deleted. */
function isRefusal(error: unknown): error is ApiError {
  return hasStatus(error, 400, 403, 422) && !error.causes.includes('NamespaceTerminating')
}

/** The type of the Event for each reason that the owner did not choose and cannot see otherwise. */
const typeByReason: Readonly<Partial<Record<NoneReason, CompanionEvent['type']>>> = {
  yielded: 'Normal',
  unprotected: 'Warning',
  withdrawn: 'Warning',
  'shared-pods': 'Warning',
  uncountable: 'Warning',
  'name-taken': 'Warning'
}

/** Undefined if the companion is as the owner expects. */
function messageOf({ desired }: Plan): Message | undefined {
  if (desired.verdict === 'keep' && desired.gaveWay !== undefined) {
    const note = `The companion PodDisruptionBudget ${desired.manifest.metadata.name} gives way: ${desired.gaveWay}`
    return { type: 'Warning', reason: 'CompanionGaveWay', note }
  }
  if (desired.verdict === 'keep' && desired.fault !== undefined)
    return { type: 'Warning', reason: 'MaxUnavailableRefused', note: desired.fault }
  if (desired.verdict !== 'none' || desired.isAudited === true) return undefined
  const type = typeByReason[desired.reason]
  if (type === undefined) return undefined
  return { type, reason: 'CompanionNotKept', note: `No companion PodDisruptionBudget is kept: ${desired.why}` }
}

/** Undefined once the workload is gone. */
function regardingOf({ owner: { ref, uid }, kind }: Plan): Regarding | undefined {
  if (uid === undefined || kind === undefined) return undefined
  return { apiVersion: apiVersionOf(kind), kind: ref.kind, namespace: ref.namespace, name: ref.name, uid }
}
