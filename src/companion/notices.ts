import { apiVersionOf } from '../kube/resource-kind.ts'
import { type WorkloadKey } from '../kube/workload-key.ts'
import type { NoneReason } from './desired.ts'
import type { Announcement, Regarding } from './event.ts'
import type { Look } from './look.ts'
import type { Step } from './steps.ts'

type Said = Pick<Announcement, 'type' | 'reason' | 'note'>

/** What its owner did not ask for and could not see, unless told. */
const worthSaying: Readonly<Partial<Record<NoneReason, Announcement['type']>>> = {
  yielded: 'Normal',
  'shared-pods': 'Warning',
  uncountable: 'Warning',
  'name-taken': 'Warning'
}

/** What there is to say about a workload as it is; undefined where all goes as its owner can expect. */
export function noticeOf({ desired }: Look): Said | undefined {
  if (desired.verdict === 'keep' && desired.fault !== undefined)
    return { type: 'Warning', reason: 'MaxUnavailableRefused', note: desired.fault }
  if (desired.verdict !== 'none') return undefined
  const type = worthSaying[desired.reason]
  if (type === undefined) return undefined
  return { type, reason: 'CompanionNotKept', note: `No companion PodDisruptionBudget is kept: ${desired.why}` }
}

/** What there is to say once a companion is removed. */
export function removalNotice({ live, why }: Extract<Step, { do: 'remove' }>): Said {
  const note = `Removed the companion PodDisruptionBudget ${live.metadata.name ?? ''}: ${why}`
  return { type: 'Normal', reason: 'CompanionRemoved', note }
}

/** Undefined once the workload is gone. */
export function regardingOf({ owner: { ref, uid }, kind }: Look): Regarding | undefined {
  if (uid === undefined || kind === undefined) return undefined
  return { apiVersion: apiVersionOf(kind), kind: ref.kind, namespace: ref.namespace, name: ref.name, uid }
}

/** Announces what there is to say when it changes, and not at every look. */
export class Notices {
  readonly #announce: (announcement: Announcement) => void
  readonly #said = new Map<WorkloadKey, string>()

  constructor(announce: (announcement: Announcement) => void) {
    this.#announce = announce
  }

  /** A removal says why by itself, once it is done. */
  looked(key: WorkloadKey, look: Look): void {
    const { owner, desired, steps } = look
    if (desired.verdict === 'unknown') return
    if (desired.verdict === 'leave' && owner.uid !== undefined) return
    const notice = noticeOf(look)
    if (notice === undefined) return void this.#said.delete(key)
    if (this.#said.get(key) === notice.note) return
    this.#said.set(key, notice.note)
    if (!steps.some((step) => step.do === 'remove')) this.#say(look, notice)
  }

  removed(look: Look, step: Extract<Step, { do: 'remove' }>): void {
    this.#say(look, removalNotice(step))
  }

  #say(look: Look, said: Said): void {
    const regarding = regardingOf(look)
    if (regarding !== undefined) this.#announce({ regarding, ...said })
  }
}
