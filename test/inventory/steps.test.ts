import t from 'tap'
import { known } from '../../src/inventory/fact.ts'
import { Steps, tooMany } from '../../src/inventory/steps.ts'
import { inventoryOf, sourceOf, valueOf } from '../support/inventory.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { deployment, overTheWire } from '../support/workloads.ts'

function look(steps: Steps, count: number) {
  for (let index = 0; index < count; index++) steps.spend()
  return known(count)
}

void t.test('the searches around one object look at so many objects together', (test) => {
  const steps = new Steps()
  const bounded = steps.bound()
  test.strictSame(
    bounded(() => look(steps, 150_000)),
    known(150_000)
  )
  test.strictSame(
    bounded(() => look(steps, 50_001)),
    { known: false, why: tooMany }
  )
  test.strictSame(
    bounded(() => look(steps, 1)),
    { known: false, why: tooMany },
    'nothing is left'
  )
  test.strictSame(
    bounded(() => look(steps, 0)),
    known(0),
    'what looks at nothing is known'
  )
  test.equal(steps.exceeded, 2)
  test.strictSame(
    steps.bound()(() => look(steps, 200_000)),
    known(200_000),
    'another review has its own'
  )
  test.doesNotThrow(() => look(steps, 500_000), 'outside of a bound nothing is counted')
  test.throws(
    () =>
      bounded(() => {
        throw new Error('a bug')
      }),
    { message: 'a bug' }
  )
  test.end()
})

void t.test(
  'the searches of a whole set look at a thousand objects for each of its own, and then no further',
  (test) => {
    const steps = new Steps()
    steps.allowFor(300)
    const searches = Array.from({ length: 5 }, () => steps.bound()(() => look(steps, 150_000)).known)
    test.strictSame(searches, [true, true, true, false, false])
    test.equal(steps.bound()(() => look(steps, 0)).known, true)
    test.end()
  }
)

void t.test('terms by the thousand beside workloads by the hundred', (test) => {
  const selector = { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['other'] }] }
  const labels = { app: 'other' }
  const neighbours = Array.from({ length: 400 }, (_, index) => {
    const template = { metadata: { labels }, spec: {} }
    return {
      ...deployment({ metadata: { name: `w-${index}` } }),
      spec: { selector: { matchLabels: labels }, template }
    }
  })
  const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { selector: {} } }
  const inventory = inventoryOf([...neighbours, { ...budget, metadata: { name: 'all', namespace: 'shop' } }])
  const web = parseWorkload('Deployment', overTheWire(deployment()))
  const { factsFor } = sourceOf(inventory)
  const facts = factsFor(web)
  const around = valueOf(facts.neighbours)
  const answers = Array.from({ length: 20_000 }, () => around.someSelectedBy(selector))
  test.equal(answers.filter((answer) => answer.known).length, 500)
  test.strictSame(answers.at(-1), { known: false, why: tooMany })
  test.equal(inventory.steps.exceeded, 19_500)
  test.strictSame(facts.budgets, { known: false, why: tooMany }, 'the other facts of this review are unknown, too')
  test.equal(factsFor(web).budgets.known, true, 'those of another are not')
  test.end()
})
