import { ApiError } from './api/api-error.ts'
import type { Reflector } from './reflector/reflector.ts'

const longestProblem = 200

/** In a word or two where the API server refused: `403 Forbidden`. */
function problemText(error: unknown): string {
  if (error instanceof ApiError) return `${error.status} ${error.reason}`.trim()
  const text = error instanceof Error ? error.message : String(error)
  return text.slice(0, longestProblem).toWellFormed()
}

/** A watched resource, and how fresh it is. */
export class Followed {
  /** In the plural, as messages and metrics call it. */
  readonly name: string
  readonly #reflector: Pick<Reflector, 'synced' | 'freshness'>
  #problem = ''

  constructor(name: string, reflector: Pick<Reflector, 'synced' | 'freshness'>) {
    this.name = name
    this.#reflector = reflector
  }

  /** Notes the error that keeps it from being up to date; undefined once it is resolved. */
  note(error: unknown): void {
    this.#problem = error === undefined ? '' : `: ${problemText(error)}`
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
