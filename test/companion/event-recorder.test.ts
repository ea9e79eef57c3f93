import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Call } from '../../src/cluster/api/api.ts'
import { type CompanionEvent, buildEvent, eventName } from '../../src/companion/event.ts'
import { EventRecorder, type EventRecorderOptions } from '../../src/companion/event-recorder.ts'
import { type Answer, sentTo } from './sent.ts'

const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u-web' }
const removed: CompanionEvent = {
  regarding,
  type: 'Normal',
  reason: 'CompanionRemoved',
  note: 'Removed the companion PodDisruptionBudget holdfast-deployment-web: it runs 1 replica'
}

interface Opened {
  recorder: EventRecorder
  calls: Call[]
  results: string[]
}

function open(test: Test, answers: readonly Answer[] = [], rate?: EventRecorderOptions['rate']): Opened {
  const { api, calls } = sentTo(...answers)
  const results: string[] = []
  const onResult = (result: string) => results.push(result)
  const recorder = new EventRecorder({ api, instance: 'pod-1', onResult, ...(rate !== undefined && { rate }) })
  test.teardown(() => recorder.stop())
  return { recorder, calls, results }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !holds(); await sleep(2)) {
    if (performance.now() > end) throw new Error('waited in vain')
  }
}

void t.test('an event of events.k8s.io/v1', (test) => {
  test.strictSame(buildEvent(removed, { instance: 'pod-1', at: new Date('2026-11-21T04:00:00.5Z') }), {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: eventName(removed), namespace: 'shop' },
    eventTime: '2026-11-21T04:00:00.500000Z',
    reportingController: 'holdfast.dev/controller',
    reportingInstance: 'pod-1',
    action: 'KeepCompanion',
    regarding,
    type: 'Normal',
    reason: 'CompanionRemoved',
    note: removed.note
  })
  const repaired = buildEvent({ ...removed, reason: 'Repaired' }, { instance: 'pod-1', at: new Date() })
  test.match(repaired, { action: 'Repair', reason: 'Repaired' })
  test.end()
})

void t.test('its name is its own, and one that the API server takes', (test) => {
  test.match(eventName(removed), /^web\.[0-9a-f]{16}$/)
  const others = [
    { ...removed, note: 'another' },
    { ...removed, reason: 'CompanionNotKept' as const },
    { ...removed, regarding: { ...regarding, uid: 'u-2' } }
  ]
  test.equal(new Set([removed, ...others].map(eventName)).size, 4)
  const long = eventName({ ...removed, regarding: { ...regarding, name: `${'a'.repeat(235)}.${'b'.repeat(17)}` } })
  test.ok(long.length <= 253)
  test.match(long, /^a{235}\.[0-9a-f]{16}$/, 'no empty label where it is cut')
  test.end()
})

void t.test('a note is never longer than the API server takes', (test) => {
  const note = `${'x'.repeat(1023)}\u{1F600}`
  const event = buildEvent({ ...removed, note }, { instance: 'i', at: new Date() }) as { note: string }
  test.equal(event.note, `${'x'.repeat(1023)}\u{FFFD}`)
  test.end()
})

void t.test('the same is not said again at once', async (test) => {
  const { recorder, calls, results } = open(test)
  for (let times = 0; times < 10; times++) recorder.record(removed)
  await until(() => results.length === 1)
  recorder.record(removed)
  await sleep(20)
  test.match(calls, [{ method: 'POST', path: '/apis/events.k8s.io/v1/namespaces/shop/events' }])
  test.equal(calls.length, 1)
})

void t.test('what an earlier process said is counted on', async (test) => {
  const { recorder, calls, results } = open(test, [409, {}])
  recorder.record(removed)
  await until(() => results.length === 1)
  const path = `/apis/events.k8s.io/v1/namespaces/shop/events/${eventName(removed)}`
  test.match(calls[1], { method: 'PATCH', path, contentType: 'application/merge-patch+json' })
  test.match(calls[1]?.body, { series: { count: 2, lastObservedTime: /\.\d{6}Z$/ } })
  test.strictSame(results, ['written'])
})

void t.test('what cannot be written is counted, and holds up nothing', async (test) => {
  const { recorder, results } = open(test, [403, {}])
  recorder.record(removed)
  recorder.record({ ...removed, note: 'another' })
  await until(() => results.length === 2)
  test.strictSame(results, ['failed', 'written'])
})

void t.test('what is too much is dropped, and what waits at the end is not written', async (test) => {
  const { recorder, calls, results } = open(test, [], { perSecond: 0.001, burst: 1 })
  for (let number = 0; number < 1200; number++) recorder.record({ ...removed, note: `note ${number}` })
  await until(() => calls.length === 1)
  test.equal(results.filter((result) => result === 'dropped').length, 200)
  recorder.stop()
  recorder.record({ ...removed, note: 'late' })
  await sleep(20)
  test.equal(calls.length, 1)
})
