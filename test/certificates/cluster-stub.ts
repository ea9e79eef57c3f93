import fastJsonPatch from 'fast-json-patch'
import type { Api, Call } from '../../src/cluster/api/api.ts'
import { ApiError } from '../../src/cluster/api/api-error.ts'
import { issueAuthority } from '../../src/certificates/issue.ts'

type Json = Record<string, unknown>

interface Secret extends Json {
  metadata: { resourceVersion: string }
  data: Record<string, string>
}

interface Configuration extends Json {
  metadata: { name: string }
  webhooks: { clientConfig: { caBundle: string } }[]
}

export const stubSecret = () => issueAuthority(3_600_000)

/** An API server with one Secret, under the optimistic lock of a real one, and one webhook configuration. */
export class ClusterStub implements Pick<Api, 'send'> {
  readonly asked: string[] = []
  conflicts = 0
  refuse: (method: string) => boolean = () => false
  malformed = false
  #secret: Secret | undefined
  #configuration: Configuration
  #version = 1
  readonly #watchers: ((name: string, raw: unknown) => void)[] = []

  constructor(bundle: string) {
    const service = { namespace: 'holdfast-system', name: 'holdfast-webhook' }
    const caBundle = Buffer.from(bundle).toString('base64')
    this.#configuration = {
      metadata: { name: 'holdfast' },
      webhooks: [{ name: 'w', clientConfig: { service, caBundle } } as Configuration['webhooks'][number]]
    }
  }

  /** Told of what is there, and of every change. */
  watch(watcher: (name: string, raw: unknown) => void): void {
    this.#watchers.push(watcher)
    watcher('holdfast', structuredClone(this.#configuration))
  }

  tamper(caBundle: string): void {
    this.#set(
      fastJsonPatch.applyPatch(
        this.#configuration,
        [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: caBundle }],
        false,
        false
      ).newDocument
    )
  }

  bundle(): string {
    return Buffer.from(this.#configuration.webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString()
  }

  texts(): Readonly<Record<string, string>> {
    const entries = Object.entries(this.#secret?.data ?? {})
    return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
  }

  async send({ method = 'GET', path, body }: Call): Promise<unknown> {
    this.asked.push(method)
    // Others come between a look and a write.
    await new Promise((resolve) => setImmediate(resolve))
    if (this.refuse(method)) throw refusal(403)
    if (method === 'PATCH') return this.#patch(body as fastJsonPatch.Operation[])
    if (!path.startsWith('/api/v1/namespaces/holdfast-system/secrets')) throw new Error(`asked for ${path}`)
    if (method === 'GET') return this.#read()
    return this.#write(method, structuredClone(body) as Secret)
  }

  #read(): unknown {
    if (this.malformed) return JSON.parse('-----BEGIN PRIVATE KEY-----')
    if (this.#secret === undefined) throw refusal(404)
    return structuredClone(this.#secret)
  }

  #write(method: string, sent: Secret): unknown {
    const isLatest =
      method === 'POST'
        ? this.#secret === undefined
        : this.#secret?.metadata.resourceVersion === sent.metadata.resourceVersion
    if (!isLatest) {
      this.conflicts += 1
      throw refusal(409)
    }
    this.#version += 1
    this.#secret = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(this.#version) } }
    return structuredClone(this.#secret)
  }

  #patch(operations: fastJsonPatch.Operation[]): unknown {
    this.#set(fastJsonPatch.applyPatch(this.#configuration, operations, true, false).newDocument)
    return structuredClone(this.#configuration)
  }

  #set(configuration: Configuration): void {
    this.#configuration = configuration
    for (const tell of this.#watchers) tell('holdfast', structuredClone(configuration))
  }
}

function refusal(code: number): ApiError {
  return new ApiError({ asked: 'it', code, status: undefined })
}
