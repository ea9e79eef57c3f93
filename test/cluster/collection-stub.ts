import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'
import { type OnChange, ObjectStore } from '../../src/inventory/object-store.ts'
import {
  type Problem,
  type Reflector,
  type ReflectorOptions,
  startReflector
} from '../../src/cluster/reflector/reflector.ts'
import type { Timings } from '../../src/cluster/reflector/timings.ts'
import { until } from '../support/tls.ts'
import { answerJson, type ApiStub, openStub, startApiStub } from './api-stub.ts'

export const path = '/api/v1/configmaps'

export interface Asked {
  query: URLSearchParams
  response: ServerResponse
}

type Answer = (asked: Asked) => void

/** Short enough for a test, and long enough to see what is not waited for. */
const quick: Timings = {
  watchSeconds: [300, 600],
  quietMs: 5000,
  steadyMs: 5000,
  absentMs: 100,
  firstMs: 20,
  longestMs: 100
}

export function configMap(name: string, value: string, version = '1'): object {
  return { metadata: { namespace: 'default', name, resourceVersion: version }, data: { value } }
}

/** An API server with one collection, whose answers are the test's. Without one it has no objects, and its watches stay open. */
export class CollectionStub {
  readonly lists: Asked[] = []
  readonly watches: Asked[] = []
  /** How to answer the first request, the second, and so on; the last answers all that follow. */
  listing: Answer[] = [({ response }) => this.answerList(response, [], '1')]
  watching: Answer[] = [({ response }) => response.flushHeaders()]
  readonly #resets = new Map<ServerResponse, () => void>()

  take(request: IncomingMessage, response: ServerResponse, reset: () => void): void {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'https://stub')
    if (pathname !== path) throw new Error(`asked for ${pathname}`)
    const [log, answers] = query.has('watch') ? [this.watches, this.watching] : [this.lists, this.listing]
    this.#resets.set(response, reset)
    log.push({ query, response })
    const answer = answers[Math.min(log.length, answers.length) - 1]
    answer?.({ query, response })
  }

  answerList(response: ServerResponse, items: readonly unknown[], resourceVersion: string, next?: string): void {
    answerJson(response, { kind: 'ConfigMapList', metadata: { resourceVersion, continue: next }, items })
  }

  /** Sends events on the latest watch. */
  send(...events: readonly (readonly [type: string, object: unknown])[]): void {
    const response = this.watches.at(-1)?.response
    for (const [type, object] of events) response?.write(`${JSON.stringify({ type, object })}\n`)
  }

  reset({ response }: Asked): void {
    this.#resets.get(response)?.()
  }
}

export interface Reflection {
  stub: CollectionStub
  server: ApiStub
  reflector: Reflector
  problems: Problem[]
  /** Key, before and after of every change that was told. */
  changes: unknown[][]
  content: () => Record<string, string>
  /** Waits for the content to become this. */
  becomes: (content: Readonly<Record<string, string>>) => Promise<void>
}

function valueOf(object: unknown): string | undefined {
  const { data } = object as { data?: { value?: string } }
  if (data?.value === 'malformed') throw new TypeError('no such value')
  return data?.value
}

interface Setup {
  timings?: Partial<Timings>
  options?: Partial<ReflectorOptions<string>>
  onChange?: OnChange<string>
}

/** A reflector of the stub's collection, into a store that remembers what it told. It ends with the test. */
export async function reflect(test: Test, stub: CollectionStub, setup: Setup = {}): Promise<Reflection> {
  const { timings, options, onChange = () => {} } = setup
  const server = await startApiStub(test, (request, response) =>
    stub.take(request, response, () => server.reset(response))
  )
  const api = await openStub(test, server.kubeconfig)
  const changes: unknown[][] = []
  const problems: Problem[] = []
  const store = new ObjectStore<string>((...change) => changes.push(change), onChange)
  const onProblem = (problem: Problem) => problems.push(problem)
  const own = { api, path, transform: valueOf, store, onProblem, timings: { ...quick, ...timings } }
  const reflector = startReflector({ ...own, ...options })
  test.teardown(() => reflector.stop())
  const content = () => Object.fromEntries(store.entries())
  const becomes = async (expected: Readonly<Record<string, string>>) => {
    await until(() => isDeepStrictEqual(content(), expected), `the content ${JSON.stringify(expected)}`)
    test.strictSame(content(), expected)
  }
  return { stub, server, reflector, problems, changes, content, becomes }
}
