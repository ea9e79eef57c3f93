import { setTimeout as sleep } from 'node:timers/promises'
import type { Lister, ListedKind } from '../inventory/lister.ts'
import { kinds } from '../kube/kinds.ts'
import { apiVersionOf, collectionPath, collectionPathIn } from '../kube/resource-kind.ts'
import { isObject, type JsonObject } from '../kube/shape.ts'
import type { Api } from './api/api.ts'
import { ApiError, hasStatus } from './api/api-error.ts'
import { Backoff } from './api/backoff.ts'
import { keyOf } from './reflector/collection.ts'
import { listEach } from './reflector/list.ts'

export interface ClusterListerOptions {
  api: Api
  /** Lists of this namespace alone; undefined: of all. */
  namespace?: string | undefined
  /** How often a list is tried before it is given up. */
  attempts?: number
  /** The first wait between two attempts. */
  firstMs?: number
}

/**
 * Lists the objects of a live cluster, in pages and each at one moment, so that what was just written is seen. A list that breaks off, or
 * is out of date before its last page, is begun again; no object is shown twice.
 */
export function clusterLister({ api, namespace, attempts = 4, firstMs = 250 }: ClusterListerOptions): Lister {
  const { signal } = new AbortController()
  const each: Lister['each'] = async (kind, visit) => {
    if (kind.kind === kinds.Namespace.kind && namespace !== undefined) {
      return one({ api, kind, name: namespace, signal, visit })
    }
    const isWhole = namespace === undefined || !kind.namespaced
    const path = isWhole ? collectionPath(kind) : collectionPathIn(kind, namespace)
    const backoff = new Backoff({ firstMs, longestMs: 5000 })
    const seen = new Set<string>()
    const onItem = (item: unknown): void => {
      const key = keyOf(item)
      if (!isObject(item) || key === '' || seen.has(key)) return
      seen.add(key)
      visitOf(visit, withKind(item, kind))
    }
    for (let attempt = 1; ; attempt++) {
      try {
        await listEach({ api, path }, { signal, onItem })
        return undefined
      } catch (error) {
        if (error instanceof VisitFailed) throw error.cause
        if (hasStatus(error, 404) && kind.optional) return undefined
        if (attempt >= attempts || isFinal(error)) return problemOf(error, { kind, verb: 'list', namespace })
        await sleep(hasStatus(error, 410) ? 0 : waitMs(error, backoff))
      }
    }
  }
  return { namespace, each }
}

interface One {
  api: Api
  kind: ListedKind
  name: string
  signal: AbortSignal
  visit: (object: JsonObject) => void
}

/** A namespace is read by itself: whoever may read it need not be allowed to list all. */
async function one({ api, kind, name, signal, visit }: One): Promise<string | undefined> {
  let object: unknown
  try {
    object = await api.send({ path: `${collectionPath(kind)}/${name}`, signal })
  } catch (error) {
    if (hasStatus(error, 404)) return `there is no namespace ${name}`
    return problemOf(error, { kind, verb: 'get', namespace: undefined })
  }
  if (isObject(object)) visit(withKind(object, kind))
  return undefined
}

/** Objects of a list say neither, but for custom resources. */
function withKind(item: JsonObject, kind: ListedKind): JsonObject {
  return { ...item, apiVersion: apiVersionOf(kind), kind: kind.kind }
}

/** Tells what a visitor throws from what a list fails with. */
class VisitFailed extends Error {}

function visitOf(visit: (object: JsonObject) => void, object: JsonObject): void {
  try {
    visit(object)
  } catch (cause) {
    throw new VisitFailed('a visitor threw', { cause })
  }
}

/** Whether the same request would fail in the same way. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 410 && error.status !== 429
}

function waitMs(error: unknown, backoff: Backoff): number {
  const asked = error instanceof ApiError ? error.retryAfterSeconds : undefined
  return asked === undefined ? backoff.nextMs() : asked * 1000
}

interface Asked {
  kind: ListedKind
  verb: 'list' | 'get'
  namespace: string | undefined
}

/** Why a request failed. Where it is forbidden, with the rule of a role that would allow it. */
export function problemOf(error: unknown, { kind, verb, namespace }: Asked): string {
  if (hasStatus(error, 403)) {
    const where = kind.namespaced && namespace !== undefined ? ` in the namespace ${namespace}` : ''
    return `forbidden${where}; missing is the rule ${ruleText(kind, verb)}`
  }
  if (error instanceof ApiError) return `${error.status} ${error.said === '' ? error.reason : error.said}`.trim()
  const text = error instanceof Error ? error.message : String(error)
  return text.slice(0, 200).toWellFormed()
}

/** A rule of a role, as YAML. */
export function ruleText({ group, resource }: Pick<ListedKind, 'group' | 'resource'>, verb: string): string {
  return `{apiGroups: [${JSON.stringify(group)}], resources: [${resource}], verbs: [${verb}]}`
}
