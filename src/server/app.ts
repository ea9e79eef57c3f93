import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteHandlerMethod,
  type onRequestHookHandler
} from 'fastify'
import type { Logger } from 'pino'
import type { Admit, Answer, Endpoint } from '../admission/answer.ts'
import { boundConnections } from './connections.ts'
import { type DecisionLine, toLine } from './decision-line.ts'
import { toErrorReply } from './error-reply.ts'
import { InFlight } from './in-flight.ts'
import { parseJson } from './json-body.ts'
import { type Metrics, endpoints } from './metrics.ts'
import { type Received, Rounds } from './rounds.ts'
import type { ServerState } from './state.ts'
import { type ConnectionLimits, type Tls, buildServer } from './tls.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** By `performance.now()`. */
    arrival: number
  }
}

/** Bytes and milliseconds. */
export interface AppLimits extends ConnectionLimits {
  /** A review holds the object and the old object, each up to 3 MiB; Go writes `<`, `>` and `&` as six bytes. */
  bodyBytes: number
  /** Beyond these two bounds, calls get a 503, and the API server retries them. */
  maxInFlight: number
  maxInFlightBytes: number
  maxConnections: number
}

export interface AppOptions {
  admit: Admit
  metrics: Metrics
  log: Logger
  /** Best to a buffered destination: one line is written per call. */
  logDecision: (line: DecisionLine) => void
  state: ServerState
  limits: AppLimits
  /** Undefined: plain HTTP, for calls that are injected in tests. */
  tls: Tls | undefined
}

type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

type Services = Omit<AppOptions, 'tls'> & { inFlight: InFlight; rounds: Rounds }

/** The admission server, ready to listen. No hook or handler of it is asynchronous: a call is judged in one turn, with what came with it. */
export function buildApp(options: AppOptions): FastifyInstance {
  const { limits, tls, metrics } = options
  const { maxInFlight: calls, maxInFlightBytes: bytes, bodyBytes } = limits
  const inFlight = new InFlight({ calls, bytes, bodyBytes }, limits.requestTimeoutMs)
  const rounds = new Rounds()
  metrics.inFlight = () => inFlight.size
  // Without a logger Fastify makes none for each request; what there is to say, we say.
  const app = Fastify({
    bodyLimit: bodyBytes,
    return503OnClosing: false,
    frameworkErrors: (_error, _request, reply) => sendText(reply, 404, 'no such path'),
    serverFactory: (handler) => buildServer(handler, limits, tls)
  })
  app.decorateRequest('arrival', 0)
  app.removeAllContentTypeParsers()
  // A body is parsed only when its call is judged, so that only one at a time is a tree of objects.
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (_request, text, done) => {
    done(null, text)
  })
  boundConnections(app.server, { most: limits.maxConnections, busy: () => inFlight.sockets() })
  app.addHook('onListen', (done) => {
    inFlight.watch()
    done()
  })
  app.addHook('onClose', (_app, done) => {
    inFlight.stop()
    done()
  })
  for (const endpoint of endpoints) addEndpoint(app, endpoint, { ...options, inFlight, rounds })
  refuseTheRest(app, options)
  return app
}

function pathOf(endpoint: Endpoint): string {
  return endpoint === 'mutate' ? '/mutate' : `/validate/${endpoint}`
}

function addEndpoint(app: FastifyInstance, endpoint: Endpoint, services: Services): void {
  app.route({
    method: 'POST',
    url: pathOf(endpoint),
    onRequest: gateOf(endpoint, services),
    handler: judgeOf(endpoint, services),
    errorHandler: errorHandlerOf(endpoint, services)
  })
}

/** Takes a call in before its body is read, or sends it back. */
function gateOf(endpoint: Endpoint, { metrics, state, inFlight }: Services): onRequestHookHandler {
  return (request, reply, done) => {
    request.arrival = performance.now()
    if (state.draining) reply.raw.setHeader('connection', 'close')
    const refusal = state.ready ? inFlight.enter(reply.raw, request.arrival) : 'not ready'
    if (refusal === undefined) return done()
    metrics.ended(endpoint, 'unavailable')
    reply.header('retry-after', '1')
    return sendText(reply, 503, refusal)
  }
}

function judgeOf(endpoint: Endpoint, services: Services): RouteHandlerMethod {
  return (request, reply) => {
    const text = typeof request.body === 'string' ? request.body : ''
    // Fastify keeps the request as long as its connection, so the body is dropped here.
    request.body = undefined
    services.rounds.add(
      new Call(endpoint, services, { text, arrival: request.arrival }, reply),
      services.inFlight.size === 1
    )
  }
}

interface Sent {
  text: string
  arrival: number
}

class Call implements Received {
  readonly #endpoint: Endpoint
  readonly #services: Services
  readonly #arrival: number
  readonly #reply: FastifyReply
  readonly length: number
  #text: string
  #answer: Answer | undefined
  #ms = 0

  constructor(endpoint: Endpoint, services: Services, { text, arrival }: Sent, reply: FastifyReply) {
    this.#endpoint = endpoint
    this.#services = services
    this.length = text.length
    this.#text = text
    this.#arrival = arrival
    this.#reply = reply
  }

  judge(): number {
    // Its client went away, or it took too long.
    if (this.#reply.raw.destroyed) return 0
    try {
      const body = parseJson(this.#text)
      this.#text = ''
      this.#answer = this.#services.admit(this.#endpoint, body)
      return this.#answer.body.length
    } catch (error) {
      this.#reply.send(error)
      return 0
    }
  }

  /** The time that is counted and logged includes the wait for other calls. */
  reply(): void {
    if (this.#answer === undefined) return
    this.#ms = performance.now() - this.#arrival
    sendJson(this.#reply, this.#answer.body)
  }

  record(): void {
    if (this.#answer === undefined) return
    const { record } = this.#answer
    this.#services.metrics.decided(record, this.#ms)
    this.#services.logDecision(toLine(record, this.#ms))
  }
}

function errorHandlerOf(endpoint: Endpoint, { metrics, log, limits }: Services): ErrorHandler {
  return (error, request, reply) => {
    const { status, text, outcome } = toErrorReply(error, limits.bodyBytes)
    metrics.ended(endpoint, outcome)
    if (outcome === 'error') log.error({ endpoint, err: error }, 'call failed')
    else log.warn({ endpoint, status, problem: text.slice(0, 253) }, 'call refused')
    // Fastify closes after this reply; a client that still sends would see a broken pipe instead of it, so the rest is let through.
    const unread = status === 413 && !request.raw.complete
    if (unread) request.raw.once('end', () => sendText(reply, status, text)).resume()
    else sendText(reply, status, text)
  }
}

function refuseTheRest(app: FastifyInstance, { limits, log }: AppOptions): void {
  const paths = new Set(endpoints.map(pathOf))
  app.setNotFoundHandler((request: FastifyRequest, reply) => {
    const [path = ''] = request.url.split('?', 1)
    if (!paths.has(path)) return sendText(reply, 404, 'no such path')
    reply.header('allow', 'POST')
    return sendText(reply, 405, 'only POST is allowed here')
  })
  app.setErrorHandler((error, _request, reply) => {
    const { status, text, outcome } = toErrorReply(error, limits.bodyBytes)
    if (outcome === 'error') log.error({ err: error }, 'call failed')
    return sendText(reply, status, text)
  })
}

const jsonType = 'application/json; charset=utf-8'

/**
 * Sends JSON as `reply.send` would, for a twentieth less CPU for the whole call: there are no hooks and no serializers to look for, and a
 * text without other characters than ASCII is written as Latin-1, which need not be converted.
 */
function sendJson(reply: FastifyReply, text: string): void {
  const { raw } = reply.hijack()
  const bytes = Buffer.byteLength(text)
  raw.writeHead(200, { 'content-type': jsonType, 'content-length': bytes })
  raw.end(text, bytes === text.length ? 'latin1' : 'utf8')
}

function sendText(reply: FastifyReply, status: number, text: string): void {
  reply.code(status).send(text)
}
