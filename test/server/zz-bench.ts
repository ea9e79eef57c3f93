import Fastify from 'fastify'
import { pino } from 'pino'
import { writeFileSync } from 'node:fs'
import { issueForLoopback } from '../support/tls.ts'
import { buildApp } from '../../src/server/app.ts'
import { Metrics } from '../../src/server/metrics.ts'
import { ServerState } from '../../src/server/state.ts'
const c = await issueForLoopback()
const ids = Array.from({ length: 10 }, (_, i) => `policy-number-${i}`)
if (process.argv[2] === 'bare') {
  const app = Fastify({ https: { key: c.key, cert: c.certificate } })
  app.post('/mutate', (req: any, reply) => { reply.send({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: req.body.request.uid, allowed: true } }) })
  await app.listen({ port: Number(process.argv[3]), host: '127.0.0.1' })
} else {
  const state = new ServerState(); state.markReady()
  const log = pino(process.argv[2] === 'nolog' ? { level: 'silent' } : {}, pino.destination({ dest: '/dev/null', minLength: 8192, sync: true }))
  const app = buildApp({ state, log, metrics: new Metrics(), tls: { key: c.key, cert: c.certificate }, limits: { bodyBytes: 8 << 20, maxInFlight: 200, requestTimeoutMs: 30000, keepAliveTimeoutMs: 120000, maxRequestsPerSocket: Number(process.argv[4] ?? 0) },
    admit: (endpoint, body: any) => ({ body: JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: body.request.uid, allowed: true } }), record: { uid: body.request.uid, endpoint, operation: 'CREATE', resource: 'apps/deployments', namespace: 'shop', name: 'web', user: 'jane', dryRun: false, verdict: 'allow', verdicts: ids.map((policy) => ({ policy, verdict: 'pass' as const })), patched: [] } }) })
  await app.listen({ port: Number(process.argv[3]), host: '127.0.0.1' })
}
process.on('SIGUSR2', () => { const m = process.memoryUsage(); const f = (x: number) => (x / 1048576).toFixed(0); const before = `rss ${f(m.rss)} heapTotal ${f(m.heapTotal)} used ${f(m.heapUsed)} ext ${f(m.external)} ab ${f(m.arrayBuffers)}`; (globalThis as any).gc?.(); const a = process.memoryUsage(); console.log(process.argv[2], before, '| after gc rss', f(a.rss), 'used', f(a.heapUsed), 'ext', f(a.external)) })
