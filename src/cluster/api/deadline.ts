/**
 * A signal that aborts with the caller's, or after a time without `extend`. It is closed when what it limits is over, and then leaves
 * neither a timer nor a listener behind, as `AbortSignal.timeout` and `AbortSignal.any` would for each of many requests.
 */
export class Deadline {
  readonly #aborter = new AbortController()
  readonly #caller: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout

  constructor(caller: AbortSignal | undefined, milliseconds: number, what: string) {
    this.#caller = caller
    this.#timer = setTimeout(() => {
      this.#aborter.abort(new DOMException(`${what} within ${milliseconds / 1000} s`, 'TimeoutError'))
    }, milliseconds)
    caller?.addEventListener('abort', this.#follow)
    if (caller?.aborted === true) this.#follow()
  }

  get signal(): AbortSignal {
    return this.#aborter.signal
  }

  readonly #follow = () => this.#aborter.abort(this.#caller?.reason)

  /** From now on the whole time again. */
  extend(): void {
    this.#timer.refresh()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#follow)
  }

  /** What the promise comes to, unless the deadline comes first. The promise itself is not ended. */
  async race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this
    signal.throwIfAborted()
    const late = Promise.withResolvers<never>()
    const onAbort = () => late.reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    try {
      return await Promise.race([promise, late.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
}
