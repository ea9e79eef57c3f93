import t from 'tap'
import type { Endpoint } from '../../src/admission/answer.ts'
import { definePolicy } from '../../src/engine/policy.ts'
import { certain } from '../../src/engine/violation.ts'
import { known } from '../../src/inventory/fact.ts'
import { factsOf, nodesOf, oneDeployment } from '../support/facts.ts'
import { admitOf, ask, endpoints, type JsonMap } from '../support/workloads.ts'

/** Denies what the catalogue only advises: so every path of a denial is gone. */
const policy = definePolicy({
  id: 'stays-open',
  title: 'A Service is open to the cluster',
  since: 'v1',
  appliesTo: ['Service'],
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  check: ({ subject }) => {
    if (!subject.staysOnNode) return []
    return [certain({ field: 'spec.internalTrafficPolicy', problem: 'stays on its node', fix: 'leave it out' })]
  }
})
const strict = admitOf({ policies: [policy] })

const service = (spec: JsonMap = {}, metadata: JsonMap = {}): JsonMap => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', ...metadata },
  spec: { clusterIP: '10.0.0.7', selector: { app: 'web' }, ports: [{ port: 80 }], ...spec }
})
const open = service()
const closed = service({ internalTrafficPolicy: 'Local' })
const resource = 'services'
const said = '[stays-open] spec.internalTrafficPolicy: stays on its node; leave it out'

type Parts = Parameters<typeof ask>[2]
const enforce = (parts: Parts) => ask(strict, 'enforce', { resource, ...parts })

void t.test('a Service is denied for what it brings in, and for nothing else', (test) => {
  test.equal(enforce({ object: open }).allowed, true)
  const { allowed, status } = enforce({ object: closed })
  test.equal(allowed, false)
  test.ok(status?.message.startsWith(`service/web violates 1 required policy of profile standard:\n${said}`))
  test.equal(enforce({ object: closed, oldObject: open }).allowed, false)
  test.equal(enforce({ object: closed, oldObject: closed }).allowed, true, 'the ratchet')
  const labelled = service({ internalTrafficPolicy: 'Local' }, { labels: { team: 'a' } })
  test.equal(enforce({ object: labelled, oldObject: closed }).allowed, true)
  test.equal(enforce({ object: open, oldObject: closed }).allowed, true)
  test.end()
})

void t.test('nobody is locked out', (test) => {
  const leaving = service({ internalTrafficPolicy: 'Local' }, { deletionTimestamp: '2026-11-21T00:00:00Z' })
  for (const endpoint of endpoints) {
    const quiet = { uid: '1-2-3', allowed: true }
    const asks = (parts: Parts) => ask(strict, endpoint, { resource, ...parts })
    test.strictSame(asks({ operation: 'DELETE', oldObject: closed }), quiet, `DELETE, ${endpoint}`)
    test.strictSame(asks({ object: leaving, oldObject: closed }), quiet, `one that is being deleted, ${endpoint}`)
    test.strictSame(asks({ object: closed, resource: 'services/status' }), quiet, `its status, ${endpoint}`)
  }
  const owned = service(
    { internalTrafficPolicy: 'Local' },
    { ownerReferences: [{ apiVersion: 'db.example/v1', kind: 'Cluster', name: 'web', uid: '1', controller: true }] }
  )
  const byOperator = { userInfo: { username: 'system:serviceaccount:operators:db' } }
  const answer = enforce({ object: owned, oldObject: open, request: byOperator })
  test.equal(answer.allowed, true, 'an operator that keeps it')
  test.strictSame(answer.warnings, [`service/web: ${said}`])
  test.equal(enforce({ object: owned, oldObject: open }).allowed, false, 'a person who names the same owner')
  test.end()
})

void t.test('an exemption counts', (test) => {
  const annotations = { 'holdfast.dev/exempt.stays-open': 'agents on each node' }
  const exempt = service({ internalTrafficPolicy: 'Local' }, { annotations })
  const { allowed, warnings, auditAnnotations = {} } = enforce({ object: exempt })
  test.equal(allowed, true)
  test.equal(warnings, undefined)
  test.match(auditAnnotations['exempt'], /"policy":"stays-open","reason":"agents on each node"/)
  test.end()
})

void t.test('a Service is never patched', (test) => {
  for (const object of [open, closed]) {
    test.strictSame(ask(strict, 'mutate', { object, resource }), { uid: '1-2-3', allowed: true })
  }
  test.end()
})

void t.test('what is no Service gets a 400, by the field', (test) => {
  test.throws(() => enforce({ object: service({ internalTrafficPolicy: 3 }) }), {
    message: 'request.object: spec.internalTrafficPolicy: expected a string'
  })
  test.end()
})

void t.test('the catalogue warns of a Service, and denies none', (test) => {
  const facts = factsOf({ workloads: oneDeployment, nodes: nodesOf({}, {}), namespaceLabels: known({}) })
  const admit = admitOf({ profile: 'critical', facts })
  const warned: Readonly<Partial<Record<Endpoint, number>>> = { mutate: 0, audit: 0, warn: 1, enforce: 1 }
  for (const endpoint of endpoints) {
    const { allowed, warnings = [] } = ask(admit, endpoint, { object: closed, resource })
    test.equal(allowed, true, endpoint)
    test.equal(warnings.length, warned[endpoint], endpoint)
  }
  test.end()
})
