import type { Dispatcher } from 'undici'
import { ApiError } from './api-error.ts'
import { type ClusterAccess, loadKubeConfig } from './client.ts'
import { Connections } from './connections.ts'
import { Deadline } from './deadline.ts'
import { splitLines } from './lines.ts'

const mebibyte = 1024 * 1024
const longestErrorBody = 64 * 1024

/** One resource or collection of the API server. */
export interface Target {
  path: string
  query?: Readonly<Record<string, string>>
  signal?: AbortSignal | undefined
}

export interface Call extends Target {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
  contentType?: string
  timeoutMs?: number
  /** In bytes. */
  longestAnswer?: number
}

export interface Stream extends Target {
  /** How long a connection may be silent before it counts as dead. */
  quietMs: number
  /** Told when the server has agreed. */
  onOpen?: () => void
}

export interface LineStream extends Stream {
  /** In bytes. */
  longestLine?: number
}

/** The client of the API server that all code shares. */
export interface Api {
  /** The JSON of the answer. Throws ApiError where the server refuses, AnswerTooLong, and whatever a connection fails with. */
  send(call: Call): Promise<unknown>
  /** The chunks of an answer. Throws as `send` does. Leaving the loop ends the request. */
  pieces(stream: Stream): AsyncGenerator<Buffer, void>
  /** The lines of a streaming answer. Throws as `send` does. Leaving the loop ends the request. */
  lines(stream: LineStream): AsyncGenerator<string, void>
  /** Ends what is under way, too. */
  close(): Promise<void>
}

export interface ApiAccess extends ClusterAccess {
  /** Who asks, in the API server's logs. */
  userAgent: string
}

export class AnswerTooLong extends Error {
  override name = 'AnswerTooLong'
}

async function textOf(body: AsyncIterable<Buffer>, longest: number): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of body) {
    pieces.push(piece)
    length += piece.length
    if (length > longest) throw new AnswerTooLong(`the answer is longer than ${longest / mebibyte} MiB`)
  }
  return Buffer.concat(pieces, length).toString()
}

function jsonOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return otherwise
  }
}

class KeptApi implements Api {
  readonly #connections: Connections
  readonly #userAgent: string

  constructor(connections: Connections, userAgent: string) {
    this.#connections = connections
    this.#userAgent = userAgent
  }

  async send({ timeoutMs = 30_000, longestAnswer = 16 * mebibyte, ...call }: Call): Promise<unknown> {
    const deadline = new Deadline(call.signal, timeoutMs, 'no answer')
    try {
      const body = await this.#open(call, deadline)
      return JSON.parse(await textOf(body, longestAnswer))
    } finally {
      deadline.close()
    }
  }

  async *pieces({ quietMs, onOpen, ...target }: Stream): AsyncGenerator<Buffer, void> {
    const deadline = new Deadline(target.signal, quietMs, 'no sign of life')
    try {
      const body = await this.#open(target, deadline)
      deadline.extend()
      onOpen?.()
      for await (const piece of body) {
        deadline.extend()
        yield piece
      }
    } finally {
      deadline.close()
    }
  }

  lines({ longestLine = 16 * mebibyte, ...stream }: LineStream): AsyncGenerator<string, void> {
    return splitLines(this.pieces(stream), longestLine)
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  /** The body of a success. */
  async #open({ method = 'GET', ...call }: Call, deadline: Deadline): Promise<AsyncIterable<Buffer>> {
    const { dispatcher, server, headers } = await deadline.race(this.#connections.transport())
    const path = `${server.pathname.replace(/\/+$/, '')}${call.path}`
    const response = await dispatcher.request({
      origin: server.origin,
      path: call.query === undefined ? path : `${path}?${new URLSearchParams(call.query).toString()}`,
      method,
      headers: { ...this.#headersOf(call), ...headers },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: deadline.signal,
      // The deadline sees to it.
      headersTimeout: 0,
      bodyTimeout: 0
    })
    if (response.statusCode < 200 || response.statusCode > 299)
      throw await toApiError(`${method} ${server.origin}${path}`, response)
    return response.body
  }

  #headersOf({ body, contentType = 'application/json' }: Call): Record<string, string> {
    const own = { accept: 'application/json', 'user-agent': this.#userAgent }
    return body === undefined ? own : { ...own, 'content-type': contentType }
  }
}

async function toApiError(asked: string, response: Dispatcher.ResponseData): Promise<ApiError> {
  const retryAfter = [response.headers['retry-after']].flat()[0]
  const text = await textOf(response.body, longestErrorBody).catch(() => '')
  return new ApiError({ asked, code: response.statusCode, status: jsonOr(text, undefined), retryAfter })
}

/** Undefined if no API server is configured. The library that loads a kubeconfig and connects is heavy, so only this function loads it. */
export async function openApi({ userAgent, ...access }: ApiAccess): Promise<Api | undefined> {
  const kubeConfig = await loadKubeConfig(access)
  if (kubeConfig === undefined) return undefined
  return new KeptApi(new Connections(kubeConfig, await import('undici')), userAgent)
}
