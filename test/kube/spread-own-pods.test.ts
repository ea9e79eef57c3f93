import t from 'tap'
import type { LabelSelector, Labels } from '../../src/kube/label-selector.ts'
import type { SpreadConstraint } from '../../src/kube/pod.ts'
import { constraintCounts, hostnameKey, ownConstraints, selectsOwn, zoneKey } from '../../src/kube/spread.ts'
import { parseWorkload } from '../../src/kube/workload.ts'

const labels: Labels = { app: 'foo' }
const own: LabelSelector = { matchLabels: { app: 'foo' } }
const other: LabelSelector = { matchLabels: { app: 'not-foo' } }

const expression = (key: string, operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }]
})

void t.test('selectsOwn', (test) => {
  const hash = 'pod-template-hash'
  const cases: readonly (readonly [fact: string, selector: LabelSelector | undefined, selects: boolean])[] = [
    ['an absent selector selects nothing', undefined, false],
    ['an empty one selects everything', {}, true],
    ['the own labels', own, true],
    ['other labels', other, false],
    ['a label that controllers add', { matchLabels: { [hash]: '7d4b9c6f5' } }, true],
    [
      'a label that controllers add, beside another that is missing',
      { matchLabels: { [hash]: 'a', tier: 'b' } },
      false
    ],
    ['one of the values that controllers may give', expression(hash, 'In', '7d4b9c6f5'), true],
    ['any value that controllers give', expression('batch.kubernetes.io/job-name', 'Exists'), true],
    ['none of these values', expression('apps.kubernetes.io/pod-index', 'NotIn', '0'), true],
    ['no such label, which the template has not', expression('job-name', 'DoesNotExist'), true],
    ['a label of the template that it must not have', expression('app', 'DoesNotExist'), false]
  ]
  for (const [fact, selector, selects] of cases) test.equal(selectsOwn(selector, labels), selects, fact)
  const set = { ...labels, 'statefulset.kubernetes.io/pod-name': 'web-0' }
  const first: LabelSelector = { matchLabels: { 'statefulset.kubernetes.io/pod-name': 'web-1' } }
  test.ok(selectsOwn(first, set), 'what a template says of such a label does not count')
  test.end()
})

void t.test('constraintCounts', (test) => {
  const cases: readonly (readonly [fact: string, constraint: SpreadConstraint, counts: boolean])[] = [
    ['an absent selector counts no pod', { topologyKey: zoneKey }, false],
    ['an empty selector counts no pod', { topologyKey: zoneKey, labelSelector: {} }, false],
    ['empty lists are an empty selector', { labelSelector: { matchLabels: {}, matchExpressions: [] } }, false],
    ['a selector of the own labels counts', { topologyKey: zoneKey, labelSelector: own }, true],
    ['a selector of other labels does not', { topologyKey: zoneKey, labelSelector: other }, false],
    [
      'a selector of more labels than the pod has does not',
      { labelSelector: { matchLabels: { app: 'foo', tier: 'front' } } },
      false
    ],
    [
      'an expression that holds for the pod counts',
      { labelSelector: { matchExpressions: [{ key: 'track', operator: 'DoesNotExist' }] } },
      true
    ],
    [
      'a selector that names the revision beside the own labels counts',
      { labelSelector: { matchLabels: { app: 'foo', 'pod-template-hash': '7d4b9c6f5' } } },
      true
    ],
    [
      'a selector of nothing but the revision counts',
      { labelSelector: { matchExpressions: [{ key: 'controller-revision-hash', operator: 'Exists' }] } },
      true
    ],
    [
      'keys to match narrow a selector, they do not replace it',
      { labelSelector: other, matchLabelKeys: ['pod-template-hash'] },
      false
    ],
    [
      'keys to match that the template lacks change nothing',
      { labelSelector: own, matchLabelKeys: ['pod-template-hash'] },
      true
    ]
  ]
  for (const [fact, constraint, counts] of cases) test.equal(constraintCounts(constraint, labels), counts, fact)
  test.notOk(constraintCounts({ labelSelector: own }, {}), 'a pod without labels is not counted')
  test.end()
})

const workload = (selector: unknown) =>
  parseWorkload('Deployment', { spec: { selector, template: { metadata: { labels } } } })
const both = [hostnameKey, zoneKey]
const softOver = (topologyKeys: readonly string[], labelSelector: unknown, more: object = {}): unknown =>
  topologyKeys.map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector,
    ...more
  }))
const soft = (labelSelector: unknown, more?: object): unknown => softOver(both, labelSelector, more)

void t.test('ownConstraints', (test) => {
  const hash = 'pod-template-hash'
  const byExpression = {
    matchLabels: { app: 'foo' },
    matchExpressions: [
      { key: 'app', operator: 'In', values: ['foo'] },
      { key: 'track', operator: 'DoesNotExist' }
    ]
  }
  test.strictSame(ownConstraints(workload(own), both), soft(own), 'spread over nodes and zones, as far as possible')
  const nodes = ownConstraints(workload(own), [hostnameKey])
  test.strictSame(nodes, softOver([hostnameKey], own), 'over what is asked for, and nothing else')
  const revised = soft(own, { matchLabelKeys: [hash] })
  test.strictSame(ownConstraints(workload(own), both, hash), revised, 'each revision by itself')
  test.strictSame(ownConstraints(workload(byExpression), both), soft(byExpression), 'by the whole selector')
  const named = { matchExpressions: [{ key: hash, operator: 'DoesNotExist' }] }
  test.strictSame(ownConstraints(workload(named), both, hash), soft(named), 'a key of the selector is not repeated')
  const byHash = { matchLabels: { app: 'foo', [hash]: '7d4b9c6f5' } }
  for (const none of [undefined, {}, other, byHash]) {
    test.equal(ownConstraints(workload(none), both), undefined, `${JSON.stringify(none)} counts none of the own pods`)
  }
  const absent = (count: number) =>
    workload({
      matchExpressions: Array.from({ length: count }, (_, index) => ({ key: `k${index}`, operator: 'DoesNotExist' }))
    })
  test.ok(ownConstraints(absent(32), both), '32 requirements are written')
  test.equal(ownConstraints(absent(33), both), undefined, 'more are not')
  const notIn = (count: number): LabelSelector => {
    const values = Array.from({ length: count }, (_, index) => `v${index}`)
    return { ...own, matchExpressions: [{ key: 'tier', operator: 'NotIn', values }] }
  }
  test.ok(ownConstraints(workload(notIn(128)), both), '128 values are written')
  test.equal(ownConstraints(workload(notIn(129)), both), undefined, 'more are not')
  const constraints = ownConstraints(workload(own), both) ?? []
  test.ok(
    constraints.every((constraint) => constraintCounts(constraint, labels)),
    'they count the own pods'
  )
  test.end()
})
