import { setTimeout as wait } from 'node:timers/promises'
import { type ApiReply, type ClusterApi, openApi } from './cluster-api.ts'
import type { ApiServer } from './control-plane.ts'

interface Written {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name?: string
    readonly namespace?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
}

interface List {
  readonly kind: 'List'
  readonly items: readonly object[]
}

/** Of those that tests create in what is otherwise a namespace of theirs. */
const clusterScoped: ReadonlySet<string> = new Set(['Node', 'PersistentVolume', 'CustomResourceDefinition'])
const mostTries = 10
const opened = new WeakMap<ApiServer, ClusterApi>()

/**
 * One call as the admin, for a step that is no part of what is tested: a kubectl takes fifty times the processor for it. As kubectl, it
 * asks again where the API server says when, as it does while it starts.
 */
export async function send(
  server: ApiServer,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: object
): Promise<ApiReply> {
  const api = opened.get(server) ?? openApi(server, { alwaysConnects: true, timeoutMs: 60_000 })
  opened.set(server, api)
  for (let tries = 1; ; tries++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const reply = await api.send(method, path, body)
    const later = Number(reply.headers['retry-after'])
    if (!(later >= 0) || tries === mostTries) return reply
    // oxlint-disable-next-line no-await-in-loop -- as above
    await wait(later * 1000)
  }
}

/** Resolves with the body; throws where the server refuses. */
export async function mustSend(...call: Parameters<typeof send>): Promise<unknown> {
  const { status, body } = await send(...call)
  if (status >= 300) throw new Error(`${call[1]} ${call[2]}: ${JSON.stringify(body)}`)
  return body
}

/** Creates an object, or all of a List, as `kubectl create` does: in this namespace where it says none and has one. */
export async function createObject(server: ApiServer, object: object, namespace?: string): Promise<void> {
  if (isList(object)) {
    // oxlint-disable-next-line no-await-in-loop -- in their order
    for (const item of object.items) await createObject(server, item, namespace)
    return
  }
  const path = collectionOf(object as Written, namespace)
  await mustSend(server, 'POST', `${path}?fieldManager=kubectl-create&fieldValidation=Strict`, object)
}

/** Creates an object, or merges it into the one of its name. A later `kubectl apply` takes it for the work of an earlier one. */
export async function writeObject(server: ApiServer, object: object): Promise<void> {
  const written = object as Written
  const path = collectionOf(written)
  const annotations = {
    ...written.metadata.annotations,
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(object)
  }
  const applied = { ...written, metadata: { ...written.metadata, annotations } }
  const { status, body } = await send(server, 'POST', path, applied)
  if (status === 409) await mustSend(server, 'PATCH', `${path}/${written.metadata.name}`, applied)
  else if (status >= 300) throw new Error(`could not write ${path}: ${JSON.stringify(body)}`)
}

function isList(object: object): object is List {
  return 'kind' in object && object.kind === 'List'
}

/** Of the kinds that the tests create, all have a plural with an s. */
function collectionOf({ apiVersion, kind, metadata }: Written, namespace = metadata.namespace): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const within = namespace === undefined || clusterScoped.has(kind) ? root : `${root}/namespaces/${namespace}`
  return `${within}/${kind.toLowerCase()}s`
}
