import { Counter, Gauge, type Registry } from 'prom-client'
import type { Keyring } from './keyring.ts'

const changes = ['introduce', 'trust', 'distrust', 'promote', 'renew', 'forget'] as const
/** An action that changes the keyring. */
export type Change = (typeof changes)[number]

/** What the controller says of the certificates that it manages. Names and labels are an interface: dashboards and alerts read them. */
export class CertificateMetrics {
  readonly #expiry: Gauge
  readonly #changes: Counter
  readonly #bundles: Counter
  readonly #errors: Counter

  constructor(registry: Registry) {
    const registers = [registry]
    this.#expiry = new Gauge({
      name: 'holdfast_certificate_expiry_timestamp_seconds',
      help: 'Expiry of the certificates in the Secret, in seconds since the epoch. Absent in a controller that does not lead.',
      labelNames: ['name'],
      registers
    })
    this.#changes = new Counter({
      name: 'holdfast_certificate_changes_total',
      help: 'Changes of the certificates in the Secret, by action.',
      labelNames: ['action'],
      registers
    })
    this.#bundles = new Counter({
      name: 'holdfast_ca_bundle_writes_total',
      help: 'Writes of the caBundle of a webhook configuration.',
      registers
    })
    this.#errors = new Counter({
      name: 'holdfast_certificate_errors_total',
      help: 'Failed attempts to bring the certificates up to date. Holdfast retries each.',
      registers
    })
    // A series that first appears with its first event hides that event from `rate()`.
    for (const action of changes) this.#changes.inc({ action }, 0)
  }

  kept({ authority, serving }: Keyring): void {
    this.#expiry.reset()
    if (authority !== undefined) this.#expiry.set({ name: 'authority' }, authority.notAfter / 1000)
    if (serving !== undefined) this.#expiry.set({ name: 'serving' }, serving.notAfter / 1000)
  }

  changed(action: Change): void {
    this.#changes.inc({ action })
  }

  bundled(configurations: number): void {
    this.#bundles.inc(configurations)
  }

  failed(): void {
    this.#errors.inc()
  }

  /** This process no longer leads. */
  ended(): void {
    this.#expiry.reset()
  }
}
