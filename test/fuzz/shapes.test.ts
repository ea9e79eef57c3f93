import t from 'tap'
import { costOf, isLinear, notableCostOf } from './cost.ts'
import { derivedShapes } from './derived-shapes.ts'
import { shapes } from './shapes.ts'

for (const [name, build] of Object.entries(shapes)) {
  void t.test(`judging takes no more than in proportion: ${name}`, (test) => {
    const cost = costOf(build)
    test.ok(isLinear(cost), `${cost.ms.map((ms) => ms.toFixed(1)).join(', ')} ms of CPU at sizes 1, 2 and 4`)
    test.end()
  })
}

const { together, alone, around } = derivedShapes()

for (const [name, build] of Object.entries({ ...together, ...around })) {
  void t.test(`and whatever collection is long: ${name}`, (test) => {
    const cost = notableCostOf(build)
    test.ok(
      cost === undefined || isLinear(cost),
      `${cost?.ms.map((ms) => ms.toFixed(1)).join(', ') ?? 'next to no'} ms`
    )
    test.end()
  })
}

void t.test('what parsers read is found', (test) => {
  for (const kind of ['Deployment', 'CronJob']) test.ok(`all collections of a ${kind}` in together)
  for (const resource of ['services', 'verticalpodautoscalers', 'jobs']) test.ok(`${resource} around` in around)
  test.ok('spec.resourcePolicy.containerPolicies of one of the verticalpodautoscalers around' in around)
  const names = Object.keys(alone)
  test.ok(names.includes('spec.template.spec.containers.ports'))
  test.ok(names.includes('spec.jobTemplate.spec.podFailurePolicy.rules.onExitCodes.values'))
  test.ok(names.length > 150, `${names.length} collections`)
  test.end()
})
