import { createServer } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { boundConnections } from './connections.ts'
import type { ServerState } from './state.ts'

export interface HealthOptions {
  metrics: { readonly registry: Registry }
  state: ServerState
  /** Answers `/report`. Undefined: there is no such path. */
  page?: () => PageAnswer
}

/** A page, compressed with gzip; or why there is none now. */
export type PageAnswer = { compressed: Buffer; at: Date } | { missing: string }

/** Nothing of the page is kept, framed, or sent on; it holds the names of objects. */
const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-encoding': 'gzip',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff'
}

/** The kubelet and Prometheus need one each. */
const mostConnections = 64
/** Milliseconds. */
const timeouts = {
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000
}

/** Probes and metrics over plain HTTP, on a port of its own: the kubelet and Prometheus bring no client certificate. */
export function buildHealthApp({ metrics, state, page }: HealthOptions): FastifyInstance {
  const app = Fastify({
    return503OnClosing: false,
    serverFactory: (handler) => createServer(timeouts, handler)
  })
  boundConnections(app.server, { most: mostConnections, busy: () => [] })
  // Probes and scrapes have no body, so none is read.
  app.removeAllContentTypeParsers()
  app.addHook('onRequest', ({ method, headers }, reply, done) => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
    if (method === 'GET' && !hasBody) return done()
    reply.header('connection', 'close')
    if (method === 'GET') return reply.code(400).send('this port accepts no body')
    return reply.code(405).header('allow', 'GET').send('this port accepts only GET')
  })
  app.get('/livez', (_request, reply) => {
    reply.send('ok')
  })
  app.get('/readyz', (_request, reply) => {
    const reason = state.notReadyBecause()
    reply.code(reason === undefined ? 200 : 503).send(reason ?? 'ok')
  })
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.registry.metrics()
    return reply.header('content-type', metrics.registry.contentType).send(text)
  })
  if (page !== undefined) {
    app.get('/report', ({ headers }, reply) => {
      const answer = page()
      if ('missing' in answer) return reply.code(503).send(answer.missing)
      // It is never decompressed here, so that a request costs nothing.
      if (!takesGzip(headers['accept-encoding'])) return reply.code(406).send('this page comes with gzip alone')
      return reply.headers({ ...pageHeaders, 'last-modified': answer.at.toUTCString() }).send(answer.compressed)
    })
  }
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).send('no such path')
  })
  return app
}

/** Without the header, any coding is acceptable (RFC 9110, 12.5.3). */
function takesGzip(accepted: string | string[] | undefined): boolean {
  if (accepted === undefined) return true
  const codings = String(accepted)
    .split(',')
    .map((coding) => coding.replaceAll(/\s/g, '').toLowerCase())
  return codings.some((coding) => /^(?:gzip|x-gzip|\*)(?:;q=(?!0(?:\.0*)?$).*)?$/.test(coding))
}
