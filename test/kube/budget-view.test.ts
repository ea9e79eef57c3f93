import t from 'tap'
import { viewOf } from '../../src/kube/budget-view.ts'
import type { BudgetSpec } from '../../src/kube/budget.ts'
import { liveProvenance } from '../../src/kube/provenance.ts'
import { autoscalerOf } from '../support/facts.ts'

const selector = { matchLabels: { app: 'web' } }
const own = { minAvailable: 1, selector }
const wide = { minAvailable: 1, selector: { matchLabels: { tier: 'front' } } }
const two = { replicas: 2, selector, autoscaler: null }
const one = { ...two, replicas: 1 }
const applied = (text: string) =>
  liveProvenance({
    metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } },
    spec: { replicas: 1 }
  })

void t.test('what no object that is yet to come can change', (test) => {
  test.equal(viewOf(own, two), 'whole')
  const narrow = { minAvailable: 1, selector: { matchLabels: { app: 'web', track: 'stable' } } }
  test.equal(viewOf(narrow, two), 'whole', 'a budget for some of its pods at most')
  test.equal(viewOf(own, { ...one, autoscaler: autoscalerOf() }), 'whole', 'an autoscaler that is there')
  test.equal(
    viewOf(own, { ...one, provenance: applied('{"spec":{"replicas":1}}') }),
    'whole',
    'one replica that somebody wrote'
  )
  const byApply = { operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }
  const bySsa = liveProvenance({ metadata: { managedFields: [byApply] }, spec: { replicas: 1 } })
  test.equal(viewOf(own, { ...one, provenance: bySsa }), 'whole', 'by server-side apply')
  test.equal(viewOf({ maxUnavailable: 0, selector }, one), 'whole', 'a budget that blocks whatever the number')
  test.end()
})

void t.test('what may change yet', (test) => {
  const part = (spec: BudgetSpec, fact: string) => test.equal(viewOf(spec, two), 'part', fact)
  part(wide, 'a wide selector: other pods may come')
  part({ ...wide, maxUnavailable: 0 }, 'and what it does is not for this workload to answer for')
  part({ minAvailable: 1, selector: {} }, 'the whole namespace')
  part({ minAvailable: 1 }, 'no selector')
  test.equal(viewOf(own, { ...two, selector: undefined }), 'part', 'a workload that says no selector')
  test.equal(viewOf(own, one), 'alone', 'one replica, of which nothing shows that somebody wrote it')
  test.equal(viewOf(own, { ...one, provenance: applied('{"spec":{}}') }), 'alone', 'a default')
  test.equal(viewOf(own, { ...one, provenance: applied('not JSON') }), 'alone', 'evidence that cannot be read')
  test.end()
})
