import type { Api } from '../cluster/api/api.ts'
import type { Store } from '../inventory/object-store.ts'
import { bundlePatch, bundlesIn, type Configuration, type ServiceName, transformConfiguration } from './ca-bundle.ts'

const fieldManager = 'holdfast'
const timeoutMs = 10_000
const group = '/apis/admissionregistration.k8s.io/v1'

/** The resources of webhook configurations. */
export const configurationPaths = [
  `${group}/validatingwebhookconfigurations`,
  `${group}/mutatingwebhookconfigurations`
] as const
export type ConfigurationPath = (typeof configurationPaths)[number]

export interface ConfigurationsOptions {
  api: Pick<Api, 'send'>
  service: ServiceName
  /** Told of every change. */
  onChange: () => void
}

/** The webhook configurations that lead to a Service, as they were last seen, and the way to give them their bundle. */
export class Configurations {
  readonly #options: ConfigurationsOptions
  readonly #seen = new Map<string, Configuration>()

  constructor(options: ConfigurationsOptions) {
    this.#options = options
  }

  /** Where a reflector of the resource puts what it sees. */
  storeOf(path: ConfigurationPath): Store<Configuration> {
    const keyOf = (name: string): string => `${path}/${encodeURIComponent(name)}`
    const changed = (change: () => void): void => {
      change()
      this.#options.onChange()
    }
    return {
      replace: (items) =>
        changed(() => {
          for (const key of this.#seen.keys()) if (key.startsWith(`${path}/`)) this.#seen.delete(key)
          for (const [name, item] of items) this.#seen.set(keyOf(name), item)
        }),
      set: (name, item) => changed(() => this.#seen.set(keyOf(name), item)),
      delete: (name) => changed(() => this.#seen.delete(keyOf(name)))
    }
  }

  /** What the webhooks are trusted by now, PEM. */
  get bundles(): readonly string[] {
    return [...this.#seen.values()].flatMap((configuration) => bundlesIn(configuration, this.#options.service))
  }

  /** Whether all of the webhooks have this bundle. */
  have(bundle: string): boolean {
    return this.bundles.every((present) => present === bundle)
  }

  /** Gives it to those that have another; returns how many configurations were written. Throws where one cannot be; the others are tried all the same. */
  async write(bundle: string): Promise<number> {
    const writes = [...this.#seen].map(([path, configuration]) => this.#writeOne(path, configuration, bundle))
    const results = await Promise.allSettled(writes)
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return results.filter((result) => result.status === 'fulfilled' && result.value).length
  }

  async #writeOne(path: string, configuration: Configuration, bundle: string): Promise<boolean> {
    const { api, service } = this.#options
    const body = bundlePatch(configuration, service, bundle)
    if (body.length === 0) return false
    const contentType = 'application/json-patch+json'
    const answer = await api.send({ method: 'PATCH', path, query: { fieldManager }, contentType, body, timeoutMs })
    // Unless a later state was seen meanwhile.
    if (this.#seen.get(path) === configuration) this.#seen.set(path, transformConfiguration(answer))
    return true
  }
}
