import { ApiError } from './api/api-error.ts'
import type { Reflector } from './reflector/reflector.ts'

const longestProblem = 200

/** In a word or two where the API server refused: `403 Forbidden`. */
function problemText(error: unknown): string {
  if (error instanceof ApiError) return `${error.status} ${error.reason}`.trim()
  const text = error instanceof Error ? error.message : String(error)
  return text.slice(0, longestProblem).toWellFormed()
}

type FollowedBy = Pick<Reflector, 'synced' | 'freshness' | 'firstSync'>

/** A watched resource, and how fresh it is. */
export class Followed {
  /** In the plural, as messages and metrics call it. */
  readonly name: string
  readonly #reflector: FollowedBy
  readonly #dispensable: boolean
  readonly #dispensed = Promise.withResolvers<void>()
  #problem = ''
  #isForbidden = false

  /** If the API server forbids reading a dispensable resource, the process does without it until it can be read. */
  constructor(name: string, reflector: FollowedBy, dispensable: boolean) {
    this.name = name
    this.#reflector = reflector
    this.#dispensable = dispensable
  }

  /** Notes the error that keeps it from being up to date; undefined once it is resolved. */
  note(error: unknown): void {
    this.#problem = error === undefined ? '' : `: ${problemText(error)}`
    if (!this.#dispensable || !(error instanceof ApiError) || error.status !== 403) return
    this.#isForbidden = true
    this.#dispensed.resolve()
  }

  /** Whether the process does without the resource, which it has never read. */
  get isDispensedWith(): boolean {
    return !this.#reflector.synced && this.#isForbidden
  }

  /** Whether calls have to wait for its first list. */
  get awaited(): boolean {
    return !this.#reflector.synced && !this.#isForbidden
  }

  /** Settles once calls no longer wait for it, or when the reflector ends. */
  async settled(): Promise<void> {
    await Promise.race([this.#reflector.firstSync, this.#dispensed.promise])
  }

  /** Seconds since the API server last confirmed the content; Infinity before the first time. */
  get staleness(): number {
    return this.#reflector.freshness / 1000
  }

  /** Why its content cannot be used: the first list is missing, or the last confirmation is too old. */
  whyUnready(staleAfterSeconds: number): string | undefined {
    const { staleness } = this
    if (!this.#reflector.synced) return `waiting for the first list of ${this.name}${this.#problem}`
    if (staleness <= staleAfterSeconds) return undefined
    return `the ${this.name} were last confirmed ${Math.floor(staleness)} s ago${this.#problem}`
  }
}
