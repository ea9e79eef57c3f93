import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Admit } from '../../src/admission/answer.ts'
import { toPointer, valueAt } from '../../src/kube/json.ts'
import { admitOf, applied, ask, injectedKey, operationsIn } from '../support/workloads.ts'
import { annotations, type Generated, setting, workload } from './generated.ts'
import { law } from './law.ts'
import { changed, defaulted, templateOf } from './server.ts'

const cases = fc.tuple(setting, workload)

/** What comes out of a call of /mutate, defaults filled in again. */
function after(admit: Admit, { resource, at }: Generated, object: unknown, oldObject?: unknown): unknown {
  const parts = { object, resource, ...(oldObject !== undefined && { oldObject }) }
  return defaulted(applied(object, operationsIn(ask(admit, 'mutate', parts))), at)
}

function patchOf(admit: Admit, { resource }: Generated, object: unknown, oldObject: unknown): string | undefined {
  return ask(admit, 'mutate', { object, oldObject, resource }).patch
}

law('an update that changes nothing gets no patch', cases, ([given, one]) => {
  const live = defaulted(one.object, one.at)
  assert.equal(patchOf(admitOf(given), one, live, live), undefined)
})

law('what was patched gets no patch from an update that changes nothing', cases, ([given, one]) => {
  const admit = admitOf(given)
  const live = after(admit, one, defaulted(one.object, one.at))
  assert.equal(patchOf(admit, one, live, live), undefined)
})

const labels = fc.constantFrom({ team: 'a' }, { ['__proto__']: 'x' }, {})

law(
  'new annotations, labels and replicas get no patch',
  fc.tuple(setting, setting, workload, annotations, labels, fc.boolean()),
  ([given, later, one, others, label, patched]) => {
    const plain = defaulted(one.object, one.at)
    const live = patched ? after(admitOf(given), one, plain) : plain
    const annotated = changed(live, ['metadata', 'annotations'], others)
    const labelled = changed(annotated, ['metadata', 'labels'], label)
    const scaled = one.kind === 'Pod' ? labelled : changed(labelled, ['spec', 'replicas'], 7)
    assert.equal(patchOf(admitOf(later), one, scaled, live), undefined)
  }
)

/** Nobody writes the record by hand into the manifest that he keeps. */
function withoutRecord(object: unknown): unknown {
  const own = Object.entries(valueAt(object, ['metadata', 'annotations']) ?? {}).filter(([key]) => key !== injectedKey)
  return changed(object, ['metadata', 'annotations'], Object.fromEntries(own))
}

law(
  'to write the original again changes no template, whatever was configured since',
  fc.tuple(setting, setting, workload, fc.boolean()),
  ([given, later, one, off]) => {
    if (one.kind === 'Pod') return
    const original = defaulted(withoutRecord(one.object), one.at)
    const live = after(admitOf(given), one, original)
    const overrides = {
      policies: new Map(['readiness-probe', 'pre-stop-sleep'].map((id) => [id, { severity: 'off' as const }])),
      common: {}
    }
    const admit = admitOf(off ? { ...later, overrides } : later)
    const again = after(admit, one, original, live)
    assert.deepEqual(templateOf(again, one.at), templateOf(live, one.at))
    assert.equal(patchOf(admit, one, again, live), undefined)
  }
)

law('an emptied record on the way does not change the template', cases, ([given, one]) => {
  if (one.kind === 'Pod') return
  const admit = admitOf(given)
  const live = after(admit, one, defaulted(one.object, one.at))
  const emptied = changed(live, ['metadata', 'annotations'], { [injectedKey]: '[]' })
  assert.equal(patchOf(admit, one, emptied, live), undefined)
  const again = after(admit, one, emptied, live)
  assert.deepEqual(templateOf(again, one.at), templateOf(live, one.at))
})

const changes = fc.record(
  {
    image: fc.constant('other:2'),
    ports: fc.constantFrom([], [{ containerPort: 9090 }]),
    livenessProbe: fc.constant({ exec: {} })
  },
  { requiredKeys: ['image'] }
)

law('a template that changes is patched once', fc.tuple(setting, workload, changes), ([given, one, change]) => {
  if (one.kind === 'Pod') return
  const admit = admitOf(given)
  const live = after(admit, one, defaulted(one.object, one.at))
  const place = [...one.at, 'spec', 'containers', 0]
  const container = valueAt(live, place)
  if (typeof container !== 'object') return
  const sent = defaulted(
    applied(live, [{ op: 'replace', path: toPointer(place), value: { ...container, ...change } }]),
    one.at
  )
  const patched = after(admit, one, sent, live)
  assert.equal(patchOf(admit, one, patched, live), undefined)
})

law('a change that no injection hangs on gets no patch of the pods', cases, ([given, one]) => {
  if (one.kind === 'Pod') return
  const admit = admitOf(given)
  // A record that somebody made up may claim anything.
  const live = after(admit, one, defaulted(withoutRecord(one.object), one.at))
  if (ask(admit, 'mutate', { object: live, resource: one.resource }).patch !== undefined) return
  const next = changed(live, [...one.at, 'spec', 'hostname'], 'web')
  const answer = ask(admit, 'mutate', { object: next, oldObject: live, resource: one.resource })
  // A record of what is not there may go.
  for (const { path } of operationsIn(answer)) assert.match(path, /^\/metadata\/annotations/)
})
