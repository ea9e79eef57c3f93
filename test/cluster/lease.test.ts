import t, { type Test } from 'tap'
import { Lease } from '../../src/cluster/election/lease.ts'
import { type LeaseObject, type LeaseStub, openLeaseStub } from './lease-stub.ts'

const { signal } = new AbortController()
const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const held = { held: true }

interface Setup {
  stub: LeaseStub
  clock: { at: number }
  /** Another process. */
  as: (identity: string) => Lease
}

async function open(test: Test): Promise<Setup> {
  const { stub, api } = await openLeaseStub(test)
  const clock = { at: 1_000_000 }
  const common = { api, namespace: 'holdfast', name: 'controller', durationMs: 15_000, now: () => clock.at }
  return { stub, clock, as: (identity) => new Lease({ ...common, identity }) }
}

function specOf({ lease }: LeaseStub): NonNullable<LeaseObject['spec']> {
  if (lease?.spec === undefined) throw new Error('no spec')
  return lease.spec
}

void t.test('who comes first makes it, and renews it', async (test) => {
  const { stub, as } = await open(test)
  const one = as('one')
  test.strictSame(await one.acquireOrRenew(signal), held)
  const first = specOf(stub)
  test.match(stub.writes[0], {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'holdfast', name: 'controller' },
    spec: { holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 }
  })
  test.match(first['acquireTime'], microTime)
  test.match(first['renewTime'], microTime)
  const { requests } = stub
  test.strictSame(await one.acquireOrRenew(signal), held)
  test.equal(stub.requests, requests + 1, 'a renewal is one request')
  test.match(specOf(stub), { holderIdentity: 'one', leaseTransitions: 0, acquireTime: first['acquireTime'] })
})

void t.test('another lease is judged by how long it has not changed, and by no clock but ours', async (test) => {
  for (const renewTime of ['2001-01-01T00:00:00.000000Z', '2999-01-01T00:00:00.000000Z']) {
    const { stub, clock, as } = await open(test)
    const spec = { holderIdentity: 'one', leaseDurationSeconds: 20, leaseTransitions: 4, renewTime }
    stub.put(spec)
    const two = as('two')
    test.strictSame(await two.acquireOrRenew(signal), { held: false, holder: 'one', leftMs: 20_000 })
    clock.at += 12_000
    stub.put(spec, { looked: 'at' })
    test.match(await two.acquireOrRenew(signal), { leftMs: 8000 }, 'a label is no renewal')
    stub.put({ ...spec, renewTime: '2001-01-01T00:00:01.000000Z' })
    test.match(await two.acquireOrRenew(signal), { leftMs: 20_000 }, 'a changed time is, whatever it says')
    clock.at += 19_999
    test.match(await two.acquireOrRenew(signal), { leftMs: 1 })
    clock.at += 1
    test.strictSame(await two.acquireOrRenew(signal), held)
    test.match(specOf(stub), { holderIdentity: 'two', leaseDurationSeconds: 15, leaseTransitions: 5 })
    test.match(specOf(stub)['acquireTime'], microTime)
  }
})

void t.test('what is free is taken at once', async (test) => {
  const free: Readonly<Record<string, LeaseObject['spec']>> = {
    'no spec': undefined,
    'an empty spec': {},
    nobody: { holderIdentity: '', leaseDurationSeconds: 15, leaseTransitions: 3 },
    'a holder of another type': { holderIdentity: { name: 'one' }, leaseTransitions: -1 },
    'transitions of another type': { leaseTransitions: '7' },
    'itself, before': { holderIdentity: 'two', leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: 'then' }
  }
  const transitions = [1, 1, 4, 1, 1, 3]
  for (const [index, [fact, spec]] of Object.entries(free).entries()) {
    const { stub, as } = await open(test)
    stub.put(spec, { kept: 'yes' })
    test.strictSame(await as('two').acquireOrRenew(signal), held, fact)
    test.match(specOf(stub), { holderIdentity: 'two', leaseTransitions: transitions[index] })
    test.strictSame(stub.lease?.metadata.labels, { kept: 'yes' })
  }
  const { stub, as } = await open(test)
  stub.put({ holderIdentity: 'one', leaseTransitions: 2 ** 31 - 1, leaseDurationSeconds: 1 })
  const two = as('two')
  await two.acquireOrRenew(signal)
  test.equal(specOf(stub)['leaseTransitions'], 2 ** 31 - 1)
})

void t.test('a holder that does not say for how long has what we would have', async (test) => {
  for (const leaseDurationSeconds of [undefined, 0, -5, 1.5, '20', 1e12]) {
    const { stub, as } = await open(test)
    stub.put({ holderIdentity: 'one', leaseDurationSeconds })
    test.match(await as('two').acquireOrRenew(signal), { held: false, holder: 'one', leftMs: 15_000 })
  }
})

void t.test('of two at once, one gets it', async (test) => {
  const { stub, clock, as } = await open(test)
  for (const spec of [undefined, { holderIdentity: '', leaseDurationSeconds: 1 }]) {
    if (spec !== undefined) stub.put(spec)
    const attempts = await Promise.allSettled(['one', 'two', 'three'].map((name) => as(name).acquireOrRenew(signal)))
    const winners = attempts.filter((attempt) => attempt.status === 'fulfilled' && attempt.value.held)
    test.equal(winners.length, 1)
  }
  clock.at += 60_000
  test.equal(stub.writes.length, 2)
})

void t.test('a leader sees when another took it, and when somebody touched it', async (test) => {
  const { stub, as } = await open(test)
  const one = as('one')
  await one.acquireOrRenew(signal)
  stub.put(specOf(stub), { touched: 'yes' })
  test.strictSame(await one.acquireOrRenew(signal), held)
  test.match(stub.lease?.metadata.labels, { touched: 'yes' })
  stub.lease = undefined
  test.strictSame(await one.acquireOrRenew(signal), held, 'deleted: it is made again')
  stub.put({ ...specOf(stub), holderIdentity: '' })
  test.strictSame(await one.acquireOrRenew(signal), held, 'emptied: it is taken again')
  stub.put({ ...specOf(stub), holderIdentity: 'two' })
  test.match(await one.acquireOrRenew(signal), { held: false, holder: 'two' })
})

void t.test('it is given up only by its holder', async (test) => {
  const { stub, as } = await open(test)
  const [one, two] = [as('one'), as('two')]
  await one.acquireOrRenew(signal)
  await two.release(signal)
  test.match(specOf(stub), { holderIdentity: 'one' })
  await one.release(signal)
  test.match(specOf(stub), { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0, renewTime: microTime })
  test.strictSame(await two.acquireOrRenew(signal), held)
  test.match(specOf(stub), { holderIdentity: 'two', leaseTransitions: 1 })
  stub.put({ ...specOf(stub), holderIdentity: 'three' })
  await test.rejects(two.release(signal), { name: 'ApiError', status: 409 })
  test.match(specOf(stub), { holderIdentity: 'three' })
})

void t.test('an answer that is no Lease is an error', async (test) => {
  const { stub, as } = await open(test)
  stub.lease = [] as never
  await test.rejects(as('one').acquireOrRenew(signal), { message: 'the answer is no Lease' })
})
