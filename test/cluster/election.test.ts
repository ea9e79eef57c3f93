import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Api } from '../../src/cluster/api/api.ts'
import { type Election, type ElectionOptions, startElection } from '../../src/cluster/election/election.ts'
import type { Leadership } from '../../src/cluster/election/leadership.ts'
import { until } from '../support/tls.ts'
import { type LeaseStub, openLeaseStub } from './lease-stub.ts'

const timings = { durationMs: 2000, renewDeadlineMs: 1200, retryMs: 100 }

interface Candidate {
  election: Election
  leaderships: Leadership[]
  problems: string[]
}

function lasting({ signal }: Leadership): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
}

function candidate(test: Test, api: Api, identity: string, options: Partial<ElectionOptions> = {}): Candidate {
  const leaderships: Leadership[] = []
  const problems: string[] = []
  const election = startElection({
    api,
    namespace: 'holdfast',
    name: 'controller',
    identity,
    onProblem: (error) => problems.push(error instanceof Error ? error.message : String(error)),
    timings,
    ...options,
    lead: (leadership) => {
      leaderships.push(leadership)
      return (options.lead ?? lasting)(leadership)
    }
  })
  test.teardown(() => election.stop())
  return { election, leaderships, problems }
}

function holderOf({ lease }: LeaseStub): unknown {
  return lease?.spec?.['holderIdentity']
}

void t.test('one leads, and goes on leading', async (test) => {
  const { stub, api } = await openLeaseStub(test)
  const one = candidate(test, api, 'one')
  await until(() => one.election.leading, 'a leader')
  const two = candidate(test, api, 'two')
  await pause(2500)
  test.ok(one.election.leading)
  test.notOk(two.election.leading)
  test.equal(one.leaderships.length, 1)
  test.ok(stub.writes.length > 8, 'it renews')
  test.strictSame([one.problems, two.problems], [[], []])
})

void t.test('who stops lets the next one lead at once', async (test) => {
  const { stub, api } = await openLeaseStub(test)
  let settled = 0
  const lead = async (leadership: Leadership) => {
    await lasting(leadership)
    await pause(100)
    settled = performance.now()
  }
  const one = candidate(test, api, 'one', { lead })
  await until(() => one.election.leading, 'a leader')
  const two = candidate(test, api, 'two')
  await pause(300)
  const began = performance.now()
  const stopped = one.election.stop()
  test.notOk(one.election.leading)
  test.ok(one.leaderships[0]?.signal.aborted)
  await until(() => two.election.leading, 'the next leader')
  test.ok(performance.now() - began < 1500, 'it does not wait for the lease to run out')
  test.ok(settled > 0, 'the work of the last one had ended')
  await stopped
  await two.election.stop()
  test.equal(holderOf(stub), '')
  const { requests } = stub
  await pause(300)
  test.equal(stub.requests, requests, 'nothing is asked after the end')
})

void t.test('who cannot renew stops in time, before another begins, and follows again', async (test) => {
  const { stub, api } = await openLeaseStub(test)
  const one = candidate(test, api, 'one')
  await until(() => one.election.leading, 'a leader')
  const began = performance.now()
  let ended = 0
  one.leaderships[0]?.signal.addEventListener('abort', () => (ended = performance.now()))
  stub.swallow = (method) => method === 'PUT'
  await until(() => one.leaderships[0]?.signal.aborted === true, 'the end of leadership')
  test.ok(ended - began <= timings.renewDeadlineMs + 100, `${ended - began} ms`)
  test.notOk(one.election.leading)
  test.match(one.problems.at(-1), 'the lease was not renewed in time')
  test.equal(holderOf(stub), 'one', 'the lease still names it')
  stub.swallow = () => false
  const two = candidate(test, api, 'two')
  await until(() => one.election.leading || two.election.leading, 'a leader again')
  test.not(one.election.leading, two.election.leading)
})

void t.test('a leader whose lease another took stops leading at once', async (test) => {
  const { stub, api } = await openLeaseStub(test)
  const one = candidate(test, api, 'one')
  await until(() => one.election.leading, 'a leader')
  stub.put({ ...stub.lease?.spec, holderIdentity: 'two' })
  await until(() => !one.election.leading, 'the end of leadership')
  test.strictSame(one.problems, ['two holds the lease'])
  await until(() => one.leaderships.length === 2, 'to lead again, when nobody renews')
  test.match(stub.lease?.spec, { holderIdentity: 'one', leaseTransitions: 1 })
})

void t.test('a process that was suspended past its deadline does nothing as a leader', async (test) => {
  const { api } = await openLeaseStub(test)
  let skipped = 0
  const now = () => performance.now() + skipped
  const one = candidate(test, api, 'one', { now, timings: { ...timings, retryMs: 60_000 } })
  await until(() => one.election.leading, 'a leader')
  const [leadership] = one.leaderships
  test.ok(leadership?.held)
  skipped = timings.renewDeadlineMs
  test.notOk(leadership?.held, 'no timer has run, and still it knows')
  test.ok(leadership?.signal.aborted)
  test.match(leadership?.signal.reason, { message: 'the lease was not renewed in time' })
})

void t.test('work that fails, or ends, lets others lead', async (test) => {
  const { stub, api } = await openLeaseStub(test)
  let runs = 0
  const lead = async () => {
    runs += 1
    await pause(20)
    if (runs === 1) throw new Error('the work failed')
  }
  const one = candidate(test, api, 'one', { lead })
  await until(() => runs === 1, 'work')
  await until(() => holderOf(stub) === '', 'the lease is free')
  test.notOk(one.election.leading)
  test.strictSame(one.problems, ['the work failed'])
  await until(() => runs === 3, 'more work, each after a pause')
  test.strictSame(one.problems, ['the work failed'], 'that work ends is no problem')
  test.ok(one.leaderships[0]?.signal.aborted)
})

void t.test('a server that refuses is asked again, at a distance', async (test) => {
  const { stub, api } = await openLeaseStub(test)
  stub.lease = [] as never
  const one = candidate(test, api, 'one')
  await pause(1000)
  test.ok(one.problems.length >= 3 && one.problems.length <= 10, `${one.problems.length} problems`)
  test.equal(one.problems[0], 'the answer is no Lease')
  stub.lease = undefined
  await until(() => one.election.leading, 'a leader')
})

void t.test('stopped while it asks, it gives up what it gets', async (test) => {
  const { stub, api } = await openLeaseStub(test)
  let stopped: Promise<void> | undefined
  stub.swallow = (method) => {
    if (method === 'POST') stopped = one.election.stop()
    return false
  }
  const one = candidate(test, api, 'one')
  await until(() => stopped !== undefined, 'a claim')
  await stopped
  test.strictSame(one.leaderships, [])
  test.equal(holderOf(stub), '')
})
