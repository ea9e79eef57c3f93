import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { hasStatus } from '../cluster/api/api-error.ts'
import { Backoff } from '../cluster/api/backoff.ts'
import type { ServiceName } from './ca-bundle.ts'
import type { Configurations } from './configurations.ts'
import { issueAuthority, issueUnder, type KeyPair } from './issue.ts'
import * as keyrings from './keyring.ts'
import type { Issued, Keyring } from './keyring.ts'
import type { CertificateMetrics, Change } from './metrics.ts'
import { nextAction } from './next-action.ts'
import { parseAuthority, parseServing, readAuthorities } from './parse.ts'
import type { Kept, KeyringStore } from './store.ts'

/** How long certificates live, and how long what is new takes to be known; milliseconds. */
export interface Lives {
  authorityMs: number
  servingMs: number
  overlapMs: number
}

export interface RotatorOptions {
  store: Pick<KeyringStore, 'read' | 'write'>
  configurations: Pick<Configurations, 'bundles' | 'have' | 'write'>
  /** Whose name the certificates carry. */
  service: ServiceName
  lives: Lives
  metrics: CertificateMetrics
  log: Logger
  /** Milliseconds of Unix time. */
  now?: () => number
}

// No watch tells when the Secret changes or is deleted.
const longestPauseMs = 30_000
// A shorter pause would only fight faster with another writer.
const shortestPauseMs = 250
// Others write too: then it is better to pause.
const mostActions = 20
const backoffLimits = { firstMs: 500, longestMs: 15_000 }

/** Keeps the certificates fresh and trusted for as long as this process leads. */
export class Rotator {
  readonly #options: RotatorOptions
  readonly #names: readonly string[]
  readonly #now: () => number
  readonly #backoff = new Backoff(backoffLimits)
  #wake = new AbortController()
  #refused = false

  constructor(options: RotatorOptions) {
    const { name, namespace } = options.service
    this.#options = options
    this.#names = [`${name}.${namespace}.svc`]
    this.#now = options.now ?? Date.now
  }

  /** Tells it of a change, so that it reads everything again. */
  wake(): void {
    this.#wake.abort()
  }

  /** Settles once the signal has aborted and nothing is under way. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const waitMs = await this.#round().catch((error: unknown) => this.#failed(error, signal))
      await sleep(shortestPauseMs, undefined, { signal }).catch(() => {})
      const either = AbortSignal.any([signal, this.#wake.signal])
      await sleep(Math.min(waitMs, longestPauseMs), undefined, { signal: either }).catch(() => {})
    }
    this.#options.metrics.ended()
  }

  /** Acts until there is nothing to do; returns how long that stays so. */
  async #round(): Promise<number> {
    const { store, configurations, lives, metrics } = this.#options
    this.#refused = false
    for (let left = mostActions; left > 0; left--) {
      const now = this.#now()
      const kept = await store.read({ names: this.#names, now })
      metrics.kept(kept.keyring)
      const bundle = keyrings.bundleOf(kept.keyring)
      const bundled = configurations.have(bundle) ? 'yes' : this.#refused ? 'refused' : 'no'
      const action = nextAction(kept.keyring, {
        now,
        overlapMs: lives.overlapMs,
        bundled,
        rotationRequested: kept.rotationRequested
      })
      if (action.do === 'wait') return this.#rest(action.until - now)
      if (action.do === 'heal') await this.#heal(bundle)
      else await this.#change(action.do, kept)
    }
    return 0
  }

  /** What was refused is tried again soon, whatever the next action is. */
  #rest(waitMs: number): number {
    if (this.#refused) return this.#backoff.nextMs()
    this.#backoff.reset()
    return Math.max(0, waitMs)
  }

  /** A bundle that cannot be written keeps nothing else from being done. */
  async #heal(bundle: string): Promise<void> {
    const { configurations, metrics, log } = this.#options
    try {
      const configurationsWritten = await configurations.write(bundle)
      metrics.bundled(configurationsWritten)
      log.info({ configurations: configurationsWritten }, 'the caBundle was written')
    } catch (err) {
      this.#refused = true
      metrics.failed()
      log.warn({ err }, 'the caBundle is not written yet')
    }
  }

  async #change(what: Change, kept: Kept): Promise<void> {
    const { store, metrics, log } = this.#options
    const keyring = await this.#changed(what, kept.keyring)
    try {
      await store.write(what === 'introduce' ? { ...kept, rotationRequested: false } : kept, keyring)
    } catch (error) {
      if (!hasStatus(error, 409)) throw error
      log.info({ action: what }, 'another process wrote the certificates; reading them again')
      return
    }
    metrics.changed(what)
    const { authority, serving, former } = keyring
    const state = {
      authorityUntil: untilOf(authority),
      servingUntil: untilOf(serving),
      formerAuthorities: former.length
    }
    log.info({ action: what, ...state }, 'certificates')
  }

  async #changed(what: Change, keyring: Keyring): Promise<Keyring> {
    const { authorityMs, overlapMs } = this.#options.lives
    const now = this.#now()
    switch (what) {
      case 'introduce':
        return keyrings.introduce(this.#withTrusted(keyring, now), await this.#issueAuthority(authorityMs))
      case 'promote':
        return keyrings.promote(keyring, await this.#serve(keyring.next), { now, overlapMs })
      case 'renew':
        return keyrings.renew(keyring, await this.#serve(keyring.authority))
      case 'trust':
        return keyrings.trust(keyring, now)
      case 'distrust':
        return keyrings.trust(keyring, undefined)
      default:
        return keyrings.forget(keyring, now)
    }
  }

  /** Without an authority of ours, what webhooks are trusted by now is all that is known of what they serve. */
  #withTrusted(keyring: Keyring, now: number): Keyring {
    if (keyring.authority !== undefined) return keyring
    const { bundles } = this.#options.configurations
    return keyrings.withTrusted(
      keyring,
      bundles.flatMap((bundle) => readAuthorities(bundle, now))
    )
  }

  async #issueAuthority(lifeMs: number): Promise<Issued> {
    return expectIssued(parseAuthority(await issueAuthority(lifeMs)))
  }

  async #serve(authority: Issued | undefined): Promise<Issued> {
    const signer: KeyPair & Issued = expectIssued(authority)
    const pair = await issueUnder(signer, { names: this.#names, addresses: [] }, this.#options.lives.servingMs)
    return expectIssued(parseServing(pair, { names: this.#names, authority: signer }))
  }

  #failed(err: unknown, signal: AbortSignal): number {
    const nextMs = this.#backoff.nextMs()
    if (signal.aborted) return nextMs
    this.#options.metrics.failed()
    this.#options.log.warn({ err, nextMs }, 'the certificates are not up to date yet')
    return nextMs
  }
}

function untilOf(issued: Issued | undefined): string | undefined {
  return issued && new Date(issued.notAfter).toISOString()
}

function expectIssued(issued: Issued | undefined): Issued {
  if (issued === undefined) throw new Error('a certificate that was just made cannot be read')
  return issued
}
