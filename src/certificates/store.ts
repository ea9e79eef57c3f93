import type { Api } from '../cluster/api/api.ts'
import { hasStatus } from '../cluster/api/api-error.ts'
import { rotateKey } from '../engine/api.ts'
import { isObject, type JsonObject } from '../kube/shape.ts'
import { emptyKeyring, type Keyring } from './keyring.ts'
import { fromData, type Reading, toData } from './secret.ts'

const timeoutMs = 10_000
const labels = { 'app.kubernetes.io/name': 'holdfast', 'app.kubernetes.io/managed-by': 'holdfast-controller' }

export interface StoreOptions {
  api: Pick<Api, 'send'>
  namespace: string
  name: string
}

/** A keyring, and the version of the Secret that it was read from. */
export interface Kept {
  keyring: Keyring
  /** Undefined where there is none yet. */
  secret: JsonObject | undefined
  /** Whether the Secret's annotation requests another authority. */
  rotationRequested: boolean
}

/** The Secret that holds the keyring. Every write is to the version that was read: who comes second reads what the first one wrote. */
export class KeyringStore {
  readonly #options: StoreOptions
  readonly #collection: string

  constructor(options: StoreOptions) {
    this.#options = options
    this.#collection = `/api/v1/namespaces/${encodeURIComponent(options.namespace)}/secrets`
  }

  async read(reading: Reading): Promise<Kept> {
    try {
      const secret = toSecret(await this.#send({ path: this.#path }))
      return {
        keyring: fromData(secret['data'], reading),
        secret,
        rotationRequested: Object.hasOwn(annotationsOf(secret), rotateKey)
      }
    } catch (error) {
      if (hasStatus(error, 404)) return { keyring: emptyKeyring, secret: undefined, rotationRequested: false }
      throw error
    }
  }

  /** Throws ApiError, with the status 409 where somebody else has written since. Where `rotationRequested` is true the request stays. */
  async write({ secret, rotationRequested }: Kept, keyring: Keyring): Promise<void> {
    const data = toData(keyring)
    if (secret !== undefined) {
      const rest = rotationRequested ? secret : withoutRequest(secret)
      await this.#send({ method: 'PUT', path: this.#path, body: { ...rest, data } })
      return
    }
    const { namespace, name } = this.#options
    const body = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { namespace, name, labels }, data }
    await this.#send({ method: 'POST', path: this.#collection, body })
  }

  get #path(): string {
    return `${this.#collection}/${encodeURIComponent(this.#options.name)}`
  }

  async #send(call: Parameters<Api['send']>[0]): Promise<unknown> {
    try {
      return await this.#options.api.send({ ...call, timeoutMs })
    } catch (error) {
      throw unquoted(error)
    }
  }
}

/** The message of a SyntaxError quotes what could not be read, which may be of a key. */
function unquoted(error: unknown): unknown {
  return error instanceof SyntaxError ? new Error('the answer about the Secret is no JSON') : error
}

function toSecret(answer: unknown): JsonObject {
  const metadata = isObject(answer) ? answer['metadata'] : undefined
  const version = isObject(metadata) ? metadata['resourceVersion'] : undefined
  if (!isObject(answer) || typeof version !== 'string' || version === '') throw new Error('the answer is no Secret')
  return answer
}

function annotationsOf(secret: JsonObject): JsonObject {
  const metadata = secret['metadata']
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined
  return isObject(annotations) ? annotations : {}
}

function withoutRequest(secret: JsonObject): JsonObject {
  const { [rotateKey]: _, ...annotations } = annotationsOf(secret)
  const metadata = secret['metadata']
  return isObject(metadata) ? { ...secret, metadata: { ...metadata, annotations } } : secret
}
