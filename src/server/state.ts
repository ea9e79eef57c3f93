/** Returns why this replica cannot be called now; undefined where it can. It runs at every readiness probe, so it must be cheap. */
export type ReadinessCheck = () => string | undefined

/** What this replica says of itself. It is not ready until it is told so, and once it drains it does not come back. */
export class ServerState {
  readonly #checks: readonly ReadinessCheck[]
  #ready = false
  #draining = false

  constructor(checks: readonly ReadinessCheck[] = []) {
    this.#checks = checks
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
    for (const check of this.#checks) {
      const reason = check()
      if (reason !== undefined) return reason
    }
    return this.#ready ? undefined : 'starting'
  }
}
