import { isObject } from '../../kube/shape.ts'
import { ApiError } from '../api/api-error.ts'
import { type Collection, metadataText } from './collection.ts'

/** What a watch tells. A bookmark says only up to which version everything was told. */
export interface WatchEvent {
  type: 'set' | 'delete' | 'bookmark'
  object: unknown
  resourceVersion: string
}

export interface WatchOptions {
  resourceVersion: string
  /** After which the server is to end it. */
  seconds: number
  quietMs: number
  onOpen: () => void
  signal: AbortSignal
}

const types: Readonly<Record<string, WatchEvent['type']>> = {
  ADDED: 'set',
  MODIFIED: 'set',
  DELETED: 'delete',
  BOOKMARK: 'bookmark'
}

function typeOf(event: unknown): string {
  const type = isObject(event) ? event['type'] : undefined
  return typeof type === 'string' ? type : ''
}

function codeOf(status: unknown): number {
  const code = isObject(status) ? status['code'] : undefined
  return typeof code === 'number' ? code : 500
}

function parseEvent(line: string, path: string): WatchEvent {
  const event: unknown = JSON.parse(line)
  const type = typeOf(event)
  const object = isObject(event) ? event['object'] : undefined
  if (type === 'ERROR') throw new ApiError({ asked: `WATCH ${path}`, code: codeOf(object), status: object })
  const known = Object.hasOwn(types, type) ? types[type] : undefined
  const resourceVersion = metadataText(object, 'resourceVersion')
  if (known === undefined || resourceVersion === '') throw new Error('a line of the watch is no event')
  return { type: known, object, resourceVersion }
}

/** What happens to a collection from a version on, until the server ends it. Throws what `lines` throws, and for an ERROR event. */
export async function* watchFrom<T>(
  { api, path, query }: Collection<T>,
  { resourceVersion, seconds, ...options }: WatchOptions
): AsyncGenerator<WatchEvent, void> {
  const watch = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds: String(seconds) }
  for await (const line of api.lines({ path, query: { ...query, ...watch }, ...options })) {
    yield parseEvent(line, path)
  }
}
