import t from 'tap'
import type { EvaluationContext } from '../../../src/engine/evaluation-context.ts'
import { additionsFor } from '../../../src/engine/injection/additions.ts'
import { definePolicy } from '../../../src/engine/policy.ts'
import { parseBudget } from '../../../src/kube/budget.ts'
import { parseWorkload } from '../../../src/kube/workload.ts'
import { factsOf, oneDeployment } from '../../support/facts.ts'
import { budgetWith } from '../../support/policy-cases.ts'
import {
  appliedNothing,
  deployment,
  frozen,
  injectedKey,
  type JsonMap,
  overTheWire,
  rulesetOf,
  type Setting,
  sleepHook,
  sound,
  tcpProbe,
  web
} from '../../support/workloads.ts'
import { sampleOf } from '../sample.ts'

function contextOf(setting: Setting, exempt: readonly string[]): EvaluationContext {
  const exemptions = { reasons: new Map(exempt.map((id) => [id, 'a reason'])), remarks: [] }
  return { facts: factsOf({ workloads: oneDeployment }), ruleset: rulesetOf(setting), exemptions }
}

function additionsTo(object: JsonMap, setting: Setting = {}, exempt: readonly string[] = []) {
  return additionsFor(frozen(parseWorkload('Deployment', overTheWire(object))), contextOf(setting, exempt))
}

const spread = { topologySpreadConstraints: [{ topologyKey: 'rack', labelSelector: { matchLabels: { app: 'web' } } }] }

void t.test('what remedies add, whole, and which policy adds it', (test) => {
  const [probe, hook, grace, constraints] = additionsTo(deployment())
  test.strictSame(probe, { policy: 'readiness-probe', at: 'containers[name=web].readinessProbe', value: tcpProbe })
  test.strictSame(hook, {
    policy: 'pre-stop-sleep',
    at: 'containers[name=web].lifecycle.preStop',
    value: sleepHook['preStop']
  })
  test.strictSame(grace, { policy: 'pre-stop-sleep', at: 'terminationGracePeriodSeconds', value: 35 })
  test.match(constraints, { policy: 'topology-spread', at: 'topologySpreadConstraints' })
  test.match(constraints?.value, [{ labelSelector: { matchLabels: { app: 'web' } } }], 'not what a record holds of it')
  test.strictSame(additionsTo(deployment({ containers: [sound], pod: spread })), [], 'nothing where all is well')
  test.end()
})

void t.test('each policy sees what those before it added', (test) => {
  const seconds = { policies: new Map([['pre-stop-sleep', { parameters: { seconds: 60 } }]]), common: {} }
  const grace = 'terminationGracePeriodSeconds'
  const object = deployment({ containers: [{ ...sound, lifecycle: {} }], pod: spread })
  test.strictSame(
    additionsTo(object, { overrides: seconds }).map(({ policy, at, value }) => [policy, at, value]),
    [
      ['pre-stop-sleep', 'containers[name=web].lifecycle.preStop', { sleep: { seconds: 60 } }],
      ['pre-stop-sleep', grace, 90]
    ],
    'the grace period is raised for the sleep, and fits it by then'
  )
  const slow = { ...sound, lifecycle: { preStop: { sleep: { seconds: 30 } } } }
  const pod = { ...spread, [grace]: 30 }
  test.strictSame(
    additionsTo(deployment({ containers: [slow], pod, metadata: appliedNothing })),
    [{ policy: 'termination-budget', at: grace, value: 35, instead: 30 }],
    'a default that nobody wrote is named'
  )
  test.end()
})

void t.test('a place has one addition, by the last policy, over what the first one replaced', (test) => {
  const at = 'priority'
  const policies = [
    sampleOf('apple', { injects: [at], additions: [{ at, value: 1, instead: 0 }] }),
    sampleOf('melon', { injects: [at], additions: [{ at, value: 2, instead: 1 }] }),
    sampleOf('peach', { injects: [at], additions: [{ at, value: 3 }] })
  ]
  const one = [{ policy: 'melon', at, value: 2, instead: 0 }]
  test.strictSame(additionsTo(deployment({ pod: { priority: 0 } }), { policies }), one)
  test.strictSame(
    additionsTo(deployment(), { policies }),
    [{ policy: 'peach', at, value: 3 }],
    'one that finds another value adds nothing'
  )
  test.end()
})

void t.test('two policies that add below the same missing parent', (test) => {
  const places = ['securityContext.runAsUser', 'securityContext.runAsGroup']
  const policies = places.map((at, index) =>
    sampleOf(`sample-${index}`, { injects: [at], additions: [{ at, value: 1 }] })
  )
  test.strictSame(
    additionsTo(deployment(), { policies }).map(({ at }) => at),
    places
  )
  test.end()
})

void t.test('what keeps remedies away', (test) => {
  test.strictSame(additionsTo(deployment({ annotations: { 'holdfast.dev/inject': 'disabled' } })), [])
  const exempt = ['readiness-probe', 'topology-spread']
  test.strictSame(
    additionsTo(deployment(), {}, exempt).map(({ policy }) => policy),
    ['pre-stop-sleep', 'pre-stop-sleep'],
    'an exemption, for its policy'
  )
  test.strictSame(additionsTo(deployment(), { profile: 'baseline' }), [], 'a profile that has them off')
  const astray = sampleOf('sample', { injects: ['hostname'], additions: [{ at: 'hostNetwork', value: true }] })
  test.throws(() => additionsTo(deployment(), { policies: [astray] }), { message: 'sample may not inject hostNetwork' })
  test.end()
})

void t.test('a record is read, and none is written', (test) => {
  const entry = { policy: 'termination-budget', at: 'terminationGracePeriodSeconds', value: 55, instead: 30 }
  const longer = { ...sound, lifecycle: { preStop: { exec: { command: ['sleep', '100'] } } } }
  const pod = { ...spread, terminationGracePeriodSeconds: 55 }
  const annotations = { [injectedKey]: JSON.stringify([entry]) }
  test.strictSame(
    additionsTo(deployment({ containers: [longer], pod, annotations })),
    [{ ...entry, value: 105, instead: 55 }],
    'what was raised before is raised again'
  )
  test.strictSame(additionsTo(deployment({ containers: [longer], pod })), [], 'what somebody wrote is not')
  test.end()
})

void t.test('budgets, too', (test) => {
  const at = 'unhealthyPodEvictionPolicy'
  const budget = frozen(parseBudget(overTheWire(budgetWith({ maxUnavailable: 1 }))))
  test.strictSame(additionsFor(budget, contextOf({}, [])), [
    { policy: 'budget-evicts-unhealthy', at, value: 'AlwaysAllow' }
  ])
  const seen: unknown[] = []
  const policies = ['Always', 'Never'].map((value) => {
    const sample = sampleOf(value.toLowerCase(), { injects: [at] })
    return definePolicy({
      ...sample,
      appliesTo: ['PodDisruptionBudget'],
      remedy: ({ subject }) => {
        seen.push(subject.spec.unhealthyPodEvictionPolicy)
        return [{ at, value }]
      }
    })
  })
  test.strictSame(additionsFor(budget, contextOf({ policies }, [])), [{ policy: 'always', at, value: 'Always' }])
  test.strictSame(seen, [undefined, 'Always'], 'each policy sees what those before it added')
  test.end()
})

void t.test('an object without a spec, and a container whose name the API refuses', (test) => {
  test.strictSame(additionsTo({}), [])
  test.strictSame(
    additionsTo(
      deployment({ containers: [{ ...web, name: 'a]b' }], pod: { ...spread, terminationGracePeriodSeconds: 30 } })
    ),
    []
  )
  test.end()
})
