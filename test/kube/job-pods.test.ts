import t from 'tap'
import { labelsOfJobPods, withoutJobPods } from '../../src/kube/job-pods.ts'
import { selectorMatches } from '../../src/kube/label-selector.ts'
import { frozen } from '../support/workloads.ts'

const labels = frozen({ app: 'web' })
const selector = frozen({ matchLabels: labels })
const leavesOut = { key: 'batch.kubernetes.io/job-name', operator: 'DoesNotExist' }

void t.test('the pods of Jobs are left out, and no others', (test) => {
  const narrowed = withoutJobPods(selector, labels)
  test.strictSame(narrowed, { matchLabels: labels, matchExpressions: [leavesOut] })
  test.ok(selectorMatches(narrowed, labels))
  test.notOk(selectorMatches(narrowed, labelsOfJobPods(labels)))
  test.ok(selectorMatches(selector, labelsOfJobPods(labels)))
  test.end()
})

void t.test('a selector with expressions keeps them', (test) => {
  const exists = { key: 'app', operator: 'Exists' }
  const narrowed = withoutJobPods(frozen({ matchExpressions: [exists] }), labels)
  test.strictSame(narrowed, { matchExpressions: [exists, leavesOut] })
  test.equal(withoutJobPods(narrowed, labels), narrowed, 'and is left as it is once it leaves them out')
  test.end()
})

void t.test('a template with the label of a Job would match nothing more', (test) => {
  const odd = frozen({ ...labels, 'batch.kubernetes.io/job-name': 'web' })
  test.equal(withoutJobPods(selector, odd), selector)
  test.end()
})

void t.test('a Job may be told by any of the labels that the API server generates', (test) => {
  for (const key of ['job-name', 'controller-uid', 'batch.kubernetes.io/controller-uid']) {
    test.ok(selectorMatches({ matchExpressions: [{ key, operator: 'Exists' }] }, labelsOfJobPods(labels)), key)
  }
  test.end()
})
