import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { isObject } from '../kube/shape.ts'
import { AnswerTooLong } from './api.ts'
import { type Collection, type Entry, metadataText, toEntry } from './collection.ts'

const pageTimeoutMs = 30_000
const largestPage = 500

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

interface Page {
  objects: readonly unknown[]
  resourceVersion: string
  next: string
}

function parsePage(answer: unknown): Page {
  const items = isObject(answer) ? (answer['items'] ?? []) : undefined
  const resourceVersion = metadataText(answer, 'resourceVersion')
  if (!Array.isArray(items) || resourceVersion === '') throw new Error('the answer is no list of a collection')
  return { objects: items, resourceVersion, next: metadataText(answer, 'continue') }
}

/**
 * Lists in pages, each let go before the next is read. All are of one moment, so the first says from where to watch. Throws what
 * `send` throws; an expired `continue` is a 410, after which only a new list helps.
 */
export async function listAll<T>(collection: Collection<T>, options: ListOptions<T>): Promise<Listing<T>> {
  const { signal, onMalformed } = options
  const items = new Map<string, T>()
  let limit = largestPage
  let resourceVersion = ''
  for (let next = ''; ;) {
    let page: Page
    try {
      page = await readPage(collection, { limit, next, signal })
    } catch (error) {
      if (!(error instanceof AnswerTooLong) || limit === 1) throw error
      limit = Math.ceil(limit / 5)
      continue
    }
    for (const object of page.objects) {
      const entry = toEntry(collection, object)
      if (entry.item !== undefined) items.set(entry.key, entry.item)
      if (entry.error !== undefined) onMalformed(entry)
    }
    if (resourceVersion === '') resourceVersion = page.resourceVersion
    next = page.next
    if (next === '') return { items, resourceVersion }
    await yieldToOthers(undefined, { signal })
  }
}

interface PageRequest {
  limit: number
  next: string
  signal: AbortSignal
}

async function readPage<T>({ api, path, query }: Collection<T>, request: PageRequest): Promise<Page> {
  const { limit, next, signal } = request
  const place = next === '' ? {} : { continue: next }
  const answer = await api.send({
    path,
    query: { ...query, limit: String(limit), ...place },
    signal,
    timeoutMs: pageTimeoutMs
  })
  return parsePage(answer)
}
