import { type Fact, known, unknown } from '../engine/facts.ts'
import type { ServerVersion } from '../kube/server-version.ts'
import { retry, type Retry } from './api/retry.ts'

const hourMs = 3_600_000

export interface VersionKeeperOptions extends Retry {
  read: () => Promise<ServerVersion>
  everyMs?: number
}

/**
 * The release that the API server behaves as, which an upgrade changes: it is asked again every hour, and whenever `ask` is called, as
 * after an interruption. What was last said holds until something else is said.
 */
export class VersionKeeper {
  readonly #options: VersionKeeperOptions
  #version: Fact<ServerVersion> = unknown('the API server has not said its version')
  #asking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: VersionKeeperOptions) {
    this.#options = options
    options.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
  }

  get version(): Fact<ServerVersion> {
    return this.#version
  }

  /** Settles once it is said, or when stopped. Calls meanwhile are one. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(): Promise<void> {
    const { read, signal, everyMs = hourMs } = this.#options
    clearTimeout(this.#timer)
    const version = await retry(read, this.#options)
    if (version !== undefined) this.#version = known(version)
    if (!signal.aborted) this.#timer = setTimeout(() => void this.ask(), everyMs).unref()
  }
}
