import { KeyBackoff } from './key-backoff.ts'

const minute = 60_000
/** A cause that passes by itself costs a minute without a companion; one that stays, a few seconds of refused evictions in two hours. */
const limits = { firstMs: minute, longestMs: 120 * minute }

/**
 * The workloads whose companions could not count their pods. Once such a companion is withdrawn, nothing shows whether the cause is gone, so
 * Holdfast tries again: after about a minute, then each time after twice as long, up to two hours. Nothing is persisted: a new leader tries
 * once more.
 */
export class Withheld {
  readonly #backoff: KeyBackoff<string>
  readonly #whyByUid = new Map<string, string>()

  /** By a clock that never goes back, in milliseconds. */
  constructor(now: () => number) {
    this.#backoff = new KeyBackoff(limits, now)
  }

  /** Withholds the companion of the workload from now on. */
  hold(uid: string, why: string): void {
    // No plan asks about workloads that are gone.
    for (const other of this.#whyByUid.keys()) if (this.waitMs(other) === 0) this.#whyByUid.delete(other)
    this.#whyByUid.set(uid, why)
    this.#backoff.hold(uid)
  }

  /** Why no companion is tried at present; undefined: it may be. */
  why(uid: string): string | undefined {
    const why = this.#whyByUid.get(uid)
    if (why === undefined || this.waitMs(uid) > 0) return why
    this.#whyByUid.delete(uid)
    return undefined
  }

  /** How long the companion is still withheld; milliseconds. */
  waitMs(uid: string): number {
    return this.#backoff.waitMs(uid)
  }

  /** The owner of the workload has done something about it. */
  forget(uid: string): void {
    this.#whyByUid.delete(uid)
    this.#backoff.forget(uid)
  }
}
