import Fastify, { type FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { ServerState } from './state.ts'

export interface HealthOptions {
  metrics: { readonly registry: Registry }
  state: ServerState
}

/** Probes and metrics over plain HTTP, on a port of its own: the kubelet and Prometheus bring no client certificate. */
export function buildHealthApp({ metrics, state }: HealthOptions): FastifyInstance {
  const app = Fastify({ return503OnClosing: false })
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
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).send('no such path')
  })
  return app
}
