import { isObject } from '../../kube/shape.ts'
import { type Collection, type Entry, metadataText, toEntry } from './collection.ts'
import { ListAnswer } from './list-answer.ts'

const quietMs = 30_000
const pageLimit = '500'
const longestItem = 16 * 1024 * 1024

/** The whole of a collection at one moment. */
export interface Listing<T> {
  items: ReadonlyMap<string, T>
  /** From where to watch. */
  resourceVersion: string
}

export interface ListOptions<T> {
  signal: AbortSignal
  onMalformed: (entry: Entry<T>) => void
}

/** All of a page but its objects, which are let go one by one. */
interface Page {
  resourceVersion: string
  next: string
}

/**
 * Lists in pages. All are of one moment, so the first says from where to watch. Throws what `pieces` throws; an expired `continue` is a
 * 410, after which only a new list helps.
 */
export async function listAll<T>(collection: Collection<T>, options: ListOptions<T>): Promise<Listing<T>> {
  const { signal, onMalformed } = options
  const items = new Map<string, T>()
  const onItem = (object: unknown): void => {
    const entry = toEntry(collection, object)
    if (entry.item !== undefined) items.set(entry.key, entry.item)
    if (entry.error !== undefined) onMalformed(entry)
  }
  const resourceVersion = await listEach(collection, { signal, onItem })
  return { items, resourceVersion }
}

/**
 * Lists in pages, and calls back with each object as it comes: no more than one is in memory. Returns from where to watch. Throws what
 * `listAll` throws, and what `onItem` throws.
 */
export async function listEach(
  place: ListPlace,
  { signal, onItem }: Pick<PageRequest, 'signal' | 'onItem'>
): Promise<string> {
  const first = await readPage(place, { next: '', signal, onItem })
  for (let { next } = first; next !== '';) ({ next } = await readPage(place, { next, signal, onItem }))
  return first.resourceVersion
}

/** What is listed. */
export type ListPlace = Pick<Collection<unknown>, 'api' | 'path' | 'query'>

interface PageRequest {
  next: string
  signal: AbortSignal
  onItem: (object: unknown) => void
}

async function readPage({ api, path, query }: ListPlace, request: PageRequest): Promise<Page> {
  const { next, signal, onItem } = request
  const place = next === '' ? {} : { continue: next }
  const answer = new ListAnswer(onItem, longestItem)
  const asked = { path, query: { ...query, limit: pageLimit, ...place }, quietMs, signal }
  for await (const piece of api.pieces(asked)) answer.take(piece)
  const page = parsePage(answer.finish())
  // What answers so, a proxy or a copy of an API server, would be asked for ever, and at once each time.
  if (next !== '' && page.next === next) throw new Error('the list goes on where it went on before')
  return page
}

/**
 * Settles where the server has come to the version, and throws where it has not, as after a restore from a backup: 504 with the cause
 * `ResourceVersionTooLarge`. It reads one object at most.
 */
export async function confirmVersion<T>(
  { api, path, query }: Collection<T>,
  { resourceVersion, signal }: { resourceVersion: string; signal: AbortSignal }
): Promise<void> {
  const atLeast = { limit: '1', resourceVersion, resourceVersionMatch: 'NotOlderThan' }
  parsePage(await api.send({ path, query: { ...query, ...atLeast }, timeoutMs: quietMs, signal }))
}

function parsePage(envelope: unknown): Page {
  const items = isObject(envelope) ? (envelope['items'] ?? []) : undefined
  const resourceVersion = metadataText(envelope, 'resourceVersion')
  if (!Array.isArray(items) || resourceVersion === '') throw new Error('the answer is no list of a collection')
  return { resourceVersion, next: metadataText(envelope, 'continue') }
}
