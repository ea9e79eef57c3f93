import { type Fact, known, unknown } from '../inventory/fact.ts'
import { type ServerVersion, serverVersionOf } from '../kube/server-version.ts'
import { isObject } from '../kube/shape.ts'
import type { Api } from './api/api.ts'
import { retry, type Retry } from './api/retry.ts'

const hourMs = 3_600_000
const longestAnswer = 1024 * 1024

export interface VersionKeeperOptions extends Retry {
  read: () => Promise<ServerVersion>
  everyMs?: number
}

/**
 * The release of the API server, which an upgrade changes: the keeper asks again every hour, and whenever `ask` is called, such as
 * after an interruption. The last answer holds until there is a new one.
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

/** Asks the API server which release it behaves as. Throws where it does not say, and after `timeoutMs`. */
export async function readServerVersion(api: Api, signal: AbortSignal, timeoutMs = 10_000): Promise<ServerVersion> {
  const info = await api.send({ path: '/version', signal, timeoutMs, longestAnswer })
  const version = isObject(info) ? serverVersionOf(info) : undefined
  if (version === undefined) throw new Error('the answer of /version names no release')
  return version
}
