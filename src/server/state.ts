/** Says why this replica is not to be called now, or nothing where it may be. Asked at every readiness probe, so it must be cheap. */
export type Doubt = () => string | undefined

/** What this replica says of itself. It is not ready until it is told so, and once it drains it does not come back. */
export class ServerState {
  readonly #doubts: readonly Doubt[]
  #ready = false
  #draining = false

  constructor(doubts: readonly Doubt[] = []) {
    this.#doubts = doubts
  }

  markReady(): void {
    this.#ready = true
  }

  /** From here on readiness is refused and connections end with their reply; calls are still answered. */
  startDraining(): void {
    this.#draining = true
  }

  /** Whether calls are answered at all. A draining replica answers: the API server has not heard yet. */
  get ready(): boolean {
    return this.#ready
  }

  get draining(): boolean {
    return this.#draining
  }

  /** For the readiness probe: the first reason to send no calls here. */
  notReadyBecause(): string | undefined {
    if (this.#draining) return 'draining'
    for (const doubt of this.#doubts) {
      const reason = doubt()
      if (reason !== undefined) return reason
    }
    return this.#ready ? undefined : 'starting'
  }
}
