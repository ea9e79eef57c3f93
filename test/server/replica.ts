import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type { Test } from 'tap'
import type { Admit, DecisionRecord } from '../../src/admission/answer.ts'
import type { ServingCertificate } from '../../src/certificates/issue.ts'
import { type AppLimits, buildApp } from '../../src/server/app.ts'
import { buildHealthApp } from '../../src/server/health.ts'
import { Metrics } from '../../src/server/metrics.ts'
import { ServerState } from '../../src/server/state.ts'
import { type Call, type Reply, call, issueForLoopback } from '../support/tls.ts'

const limits: AppLimits = {
  bodyBytes: 8 * 1024 * 1024,
  maxInFlight: 200,
  maxInFlightBytes: 64 * 1024 * 1024,
  maxConnections: 1000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 120_000,
  maxRequestsPerSocket: 1000
}

export interface ReplicaOptions {
  admit?: Admit
  limits?: Partial<AppLimits>
  clientCa?: string
  state?: ServerState
  /** False: the test marks it ready. */
  ready?: boolean
}

/** A webhook that listens on loopback, and what a test needs to see of it. */
export interface Replica {
  app: FastifyInstance
  health: FastifyInstance
  certificate: ServingCertificate
  state: ServerState
  metrics: Metrics
  port: number
  /** What it has logged so far, a JSON text each. */
  lines: string[]
  call: (options: Call) => Promise<Reply>
  probe: (path: string) => Promise<{ status: number; text: string }>
}

export const record: DecisionRecord = {
  uid: 'u1',
  endpoint: 'mutate',
  operation: 'CREATE',
  resource: 'apps/deployments',
  namespace: 'shop',
  name: 'web',
  user: 'jane',
  dryRun: false,
  verdict: 'allow',
  verdicts: [],
  findings: [],
  reasons: [],
  profile: 'standard',
  denied: [],
  warned: [],
  patched: []
}

/** Allows all, and knows nothing of policies. */
export const allowAll: Admit = (endpoint, body) => {
  const { request } = body as { request: { uid: string } }
  const response = { uid: request.uid, allowed: true }
  const answer = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
  return { body: JSON.stringify(answer), record: { ...record, uid: request.uid, endpoint } }
}

export function review(uid: string, object: unknown = {}): string {
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid, object } })
}

/** Starts a replica that ends with the test. */
export async function openReplica(test: Pick<Test, 'teardown'>, options: ReplicaOptions = {}): Promise<Replica> {
  const certificate = await issueForLoopback()
  const state = options.state ?? new ServerState()
  const metrics = new Metrics({ mostNamespaces: 2 })
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const { certificate: cert, key, caCertificate } = certificate
  const tls = options.clientCa === undefined ? { cert, key } : { cert, key, ca: options.clientCa }
  const admit = options.admit ?? allowAll
  const logDecision = (line: object) => log.info(line, 'decision')
  const app = buildApp({ admit, metrics, log, logDecision, state, limits: { ...limits, ...options.limits }, tls })
  const health = buildHealthApp({ metrics, state })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const probeUrl = await health.listen({ host: '127.0.0.1', port: 0 })
  if (options.ready !== false) state.markReady()
  test.teardown(async () => {
    app.server.closeAllConnections()
    await Promise.all([app.close(), health.close()])
  })
  const { port } = app.server.address() as AddressInfo
  return {
    app,
    health,
    certificate,
    state,
    metrics,
    port,
    lines,
    call: (request) => call({ path: '/validate/enforce', port, ca: caCertificate, agent: false, ...request }),
    async probe(path) {
      const reply = await fetch(probeUrl + path)
      return { status: reply.status, text: await reply.text() }
    }
  }
}
