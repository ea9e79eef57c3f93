import t, { type Test } from 'tap'
import { recordRepairs } from '../../src/commands/controller/repair-events.ts'
import type { ObjectEvent } from '../../src/companion/event.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { deployment, type JsonMap } from '../support/workloads.ts'

const probe = { policy: 'readiness-probe', at: 'containers[name=web].readinessProbe', value: {} }
const hook = { policy: 'pre-stop-sleep', at: 'containers[name=web].lifecycle.preStop', value: {} }
const repaired = { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }

function recorded(...entries: readonly object[]): JsonMap {
  const record = JSON.stringify(entries)
  return deployment({ metadata: { uid: 'u' }, annotations: { 'holdfast.dev/injected': record } })
}

/** A controller that begins to lead where `before` exists, and the Events that it records from then on. */
function open({ labels = repaired, before = [] }: { labels?: JsonMap; before?: readonly JsonMap[] } = {}) {
  const inventory = new Inventory()
  inventory.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } })
  for (const object of before) inventory.add(object)
  const events: ObjectEvent[] = []
  const rules = { excludedNamespaces: new Set<string>() }
  const stop = recordRepairs({ inventory, rules, record: (event) => events.push(event) })
  return { inventory, events, stop, notes: () => events.map(({ note }) => note) }
}

void t.test('a workload that is repaired gets an Event', (test: Test) => {
  const { inventory, events } = open()
  inventory.add(recorded(hook, probe))
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u' }
  const note = 'Holdfast added readinessProbe, preStop'
  test.strictSame(events, [{ regarding, type: 'Normal', reason: 'Repaired', note }])
  test.end()
})

void t.test('only what is new is said', (test) => {
  const { inventory, notes } = open({ before: [recorded(probe)] })
  inventory.add({ ...recorded(probe), status: { replicas: 3 } })
  test.strictSame(notes(), [], 'what was added before this process led')
  inventory.add(recorded(probe, hook))
  inventory.add(recorded(hook))
  test.strictSame(notes(), ['Holdfast added preStop'], 'nor that a value is gone')
  test.end()
})

void t.test('an annotation that did not come from a repair says nothing', (test) => {
  for (const labels of [{}, { ...repaired, 'holdfast.dev/mode': 'audit' }, { 'holdfast.dev/mode': 'enforce' }]) {
    const { inventory, notes } = open({ labels })
    inventory.add(recorded(probe))
    test.strictSame(notes(), [], JSON.stringify(labels))
  }
  const { inventory, notes } = open()
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { 'f:holdfast.dev/injected': {} } } }
  const { metadata, ...rest } = recorded(probe)
  inventory.add({ ...rest, metadata: { ...(metadata as JsonMap), managedFields: [{ operation: 'Apply', fieldsV1 }] } })
  test.strictSame(notes(), [], 'a manifest carries it')
  test.end()
})

void t.test('a namespace that has not been seen yet may be one that is repaired', (test) => {
  const { inventory, events } = open()
  const { metadata, ...rest } = recorded(probe)
  inventory.add({ ...rest, metadata: { ...(metadata as JsonMap), namespace: 'new' } })
  test.equal(events.length, 1)
  test.end()
})

void t.test('it ends', (test) => {
  const { inventory, notes, stop } = open()
  stop()
  inventory.add(recorded(probe))
  test.strictSame(notes(), [])
  test.end()
})
