import t from 'tap'
import { type Exemptions } from '../../../src/engine/exemption.ts'
import type { Facts } from '../../../src/inventory/facts/index.ts'
import { unknown } from '../../../src/inventory/fact.ts'
import type { Addition } from '../../../src/engine/policy.ts'
import { type Injection, injectionFor, noInjection } from '../../../src/engine/injection/injection.ts'
import { parseWorkload } from '../../../src/kube/workload.ts'
import { policies as catalogue } from '../../../src/policies/index.ts'
import { factsOf, servicesTo } from '../../support/facts.ts'
import {
  appliedNothing,
  applied,
  deployment,
  frozen,
  injectedKey,
  type JsonMap,
  rulesetOf,
  type Setting,
  sleepHook,
  sound,
  tcpProbe,
  web,
  worker
} from '../../support/workloads.ts'
import { flaw, sampleOf } from '../sample.ts'

const none: Exemptions = { reasons: new Map(), remarks: [] }

function remedy(object: JsonMap, setting: Setting = {}, exemptions = none, facts: Facts = factsOf()): Injection {
  const context = { facts, ruleset: rulesetOf(setting), exemptions }
  return injectionFor(frozen(parseWorkload('Deployment', structuredClone(object))), undefined, context)
}

function textOf({ operations }: Injection): string[] {
  return operations.map(({ op, path }) => `${op} ${path}`)
}

const annotationAdded = 'add /metadata/annotations'
const graceAdded = 'add /spec/template/spec/terminationGracePeriodSeconds'

void t.test('a Deployment that has nothing gets everything, and a record of it', (test) => {
  const object = deployment()
  const { operations, injected } = remedy(object)
  const labelSelector = { matchLabels: { app: 'web' } }
  const constraint = {
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector,
    matchLabelKeys: ['pod-template-hash']
  }
  const topologySpreadConstraints = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    ...constraint,
    topologyKey
  }))
  const mark = topologySpreadConstraints.map(({ topologyKey, whenUnsatisfiable }) => ({
    topologyKey,
    whenUnsatisfiable
  }))
  const record = [
    { policy: 'readiness-probe', at: 'containers[name=web].readinessProbe', value: tcpProbe },
    { policy: 'pre-stop-sleep', at: 'containers[name=web].lifecycle.preStop', value: { sleep: { seconds: 5 } } },
    { policy: 'pre-stop-sleep', at: 'terminationGracePeriodSeconds', value: 35 },
    { policy: 'topology-spread', at: 'topologySpreadConstraints', value: mark }
  ]
  test.strictSame(injected, record)
  const after = applied(object, operations) as { metadata: { annotations: Record<string, string> } }
  test.match(
    after,
    deployment({
      containers: [{ ...web, readinessProbe: tcpProbe, lifecycle: sleepHook }],
      pod: { topologySpreadConstraints, terminationGracePeriodSeconds: 35 }
    })
  )
  test.strictSame(
    JSON.parse(after.metadata.annotations[injectedKey] ?? ''),
    record.toSorted((one, other) => (one.at < other.at ? -1 : 1)),
    'in an order of its own'
  )
  test.end()
})

const grace = 'terminationGracePeriodSeconds'
const spread = { topologySpreadConstraints: [{ topologyKey: 'rack', labelSelector: { matchLabels: { app: 'web' } } }] }

void t.test('what is well is left alone', (test) => {
  test.strictSame(remedy(deployment({ containers: [sound, worker], pod: spread })), noInjection)
  test.strictSame(remedy({}), noInjection, 'an empty object')
  test.end()
})

void t.test('who is asked not to', (test) => {
  const disabled = deployment({ annotations: { 'holdfast.dev/inject': 'disabled' } })
  test.strictSame(remedy(disabled), noInjection, 'by the annotation')
  const other = deployment({ annotations: { 'holdfast.dev/inject': 'probes' }, pod: spread })
  test.strictSame(textOf(remedy(other)).length, 4, 'another word in it says nothing')
  const reasons = new Map([['readiness-probe', 'a reason']])
  test.strictSame(
    textOf(remedy(deployment({ pod: spread }), {}, { reasons, remarks: [] })),
    ['add /spec/template/spec/containers/0/lifecycle', graceAdded, annotationAdded],
    'an exemption holds for its policy'
  )
  test.strictSame(remedy(deployment(), { profile: 'baseline' }), noInjection, 'a profile that has them off')
  const advised = { policies: new Map([['readiness-probe', { severity: 'advised' as const }]]), common: {} }
  test.equal(textOf(remedy(deployment(), { overrides: advised })).length, 5, 'what is only advised is repaired too')
  test.end()
})

void t.test('a sleep where the server takes it and the grace period has room', (test) => {
  const hookless = deployment({ containers: [{ ...sound, lifecycle: {} }], pod: spread })
  const hookAdded = 'add /spec/template/spec/containers/0/lifecycle/preStop'
  test.strictSame(textOf(remedy(hookless)), [hookAdded, graceAdded, annotationAdded])
  const old = factsOf({ serverVersion: { known: true, value: { major: 1, minor: 29 } } })
  test.strictSame(remedy(hookless, {}, none, old).operations, [], 'an older server')
  test.strictSame(
    remedy(hookless, {}, none, factsOf({ serverVersion: unknown('unread') })).operations,
    [],
    'an unknown one'
  )
  const short = deployment({ containers: [web], pod: { ...spread, [grace]: 6 } })
  test.strictSame(textOf(remedy(short)), ['add /spec/template/spec/containers/0/readinessProbe', annotationAdded])
  test.end()
})

void t.test('a sleep that cuts the time to stop short tells so', (test) => {
  const hookless = { ...sound, lifecycle: {} }
  const toldOf = (seconds: number, ...others: JsonMap[]) => {
    const pod = { ...spread, [grace]: seconds }
    return remedy(deployment({ containers: [hookless, ...others], pod })).injected.map(({ tells }) => tells)
  }
  test.strictSame(toldOf(10), [
    {
      field: 'spec.template.spec.terminationGracePeriodSeconds',
      problem: 'a grace period of 10 s leaves 5 s to stop after the injected sleep of 5 s',
      fix: 'set it to 15 or more'
    }
  ])
  test.match(toldOf(8), [
    { problem: 'a grace period of 8 s leaves 5 s to stop after the injected sleep of 3 s', fix: 'set it to 15 or more' }
  ])
  test.match(toldOf(14), [{ fix: 'set it to 19 or more' }])
  test.strictSame(toldOf(15), [undefined], 'it takes a third')
  test.strictSame(toldOf(10, { ...worker, lifecycle: sleepHook }), [undefined], 'another hook takes as much')
  test.strictSame(
    toldOf(10, { ...hookless, name: 'api' }).map((told) => told !== undefined),
    [true, false],
    'once'
  )
  test.end()
})

void t.test('the grace period is raised where nobody wrote it', (test) => {
  const slow = { ...sound, lifecycle: { preStop: { sleep: { seconds: 30 } } } }
  const pod = { ...spread, terminationGracePeriodSeconds: 30 }
  const raised = remedy(deployment({ containers: [slow], pod, metadata: appliedNothing }))
  test.strictSame(raised.operations[0], {
    op: 'replace',
    path: '/spec/template/spec/terminationGracePeriodSeconds',
    value: 35
  })
  test.strictSame(raised.injected, [
    { policy: 'termination-budget', at: 'terminationGracePeriodSeconds', value: 35, instead: 30 }
  ])
  test.strictSame(remedy(deployment({ containers: [slow], pod })).operations, [], 'not where it may be written')
  const absent = remedy(deployment({ containers: [slow], pod: spread }))
  test.strictSame(textOf(absent), ['add /spec/template/spec/terminationGracePeriodSeconds', annotationAdded])
  test.end()
})

void t.test('a record that was made up lets nothing of the object change', (test) => {
  const slow = { ...sound, lifecycle: { preStop: { sleep: { seconds: 60 } } } }
  const did = (entries: readonly JsonMap[], metadata: JsonMap = {}) => {
    const annotations = { [injectedKey]: JSON.stringify(entries) }
    const object = deployment({ annotations, metadata, containers: [slow], pod: { ...spread, [grace]: 50 } })
    return textOf(remedy(object)).filter((text) => text.includes('/spec/'))
  }
  const places = [grace, 'containers[name=web].readinessProbe', 'topologySpreadConstraints', 'hostNetwork']
  for (const { id, injects } of catalogue) {
    const entries = places.map((at) => ({ policy: id, at, value: 50, instead: 30 }))
    test.strictSame(did(entries), injects.includes(grace) ? [`replace /spec/template/spec/${grace}`] : [], id)
  }
  const own = { policy: 'termination-budget', at: grace, value: 50, instead: 30 }
  const fields = { 'f:spec': { 'f:template': { 'f:spec': { [`f:${grace}`]: {} } } } }
  const stated = { managedFields: [{ operation: 'Apply', fieldsV1: fields }] }
  test.strictSame(did([own], stated), [], 'what a manifest states, nobody has injected')
  test.strictSame(did([{ ...own, value: 49 }]), [], 'nor what is not as it says')
  test.end()
})

void t.test('the record', (test) => {
  const own = { policy: 'nobody', at: 'x', value: 1 }
  const object = deployment({
    annotations: { [injectedKey]: JSON.stringify([own]) },
    containers: [{ ...sound, lifecycle: {} }],
    pod: spread
  })
  const { operations } = remedy(object)
  test.strictSame(operations[2]?.op, 'replace')
  const { metadata } = applied(object, operations) as { metadata: { annotations: Record<string, string> } }
  test.match(metadata.annotations[injectedKey], 'pre-stop-sleep')
  test.notMatch(metadata.annotations[injectedKey], 'nobody', 'what is not there is forgotten')
  const text = deployment({ annotations: { [injectedKey]: 'mine' }, containers: [web], pod: spread })
  test.equal(remedy(text).operations.at(-1)?.op, 'replace', 'a text that is no record gives way')
  const full = deployment({ annotations: { note: 'x'.repeat(256 * 1024 - 300) } })
  test.strictSame(remedy(full), noInjection, 'without room beside other annotations nothing is done')
  const crowd = Array.from({ length: 200 }, (_, index) => ({ ...web, name: `c${index}` }))
  test.strictSame(remedy(deployment({ containers: crowd })), noInjection, 'nor where it gets too long')
  test.end()
})

const places = (...containers: JsonMap[]) => {
  const object = deployment({ containers, pod: { ...spread, [grace]: 30 } })
  return remedy(object, {}, none, factsOf({ services: servicesTo(8080) })).injected.map(({ at }) => at)
}

void t.test('containers that cannot be told apart or called by name', (test) => {
  const [probe, hook] = ['containers[name=web].readinessProbe', 'containers[name=web].lifecycle.preStop']
  test.strictSame(places(web, web), [probe, hook], 'of two with one name the first')
  test.strictSame(places({ ports: web['ports'] }), [], 'without name')
  for (const name of ['Web', 'a.b', '', 'a b', '__proto__', 'a[b', 'a]b', ']', 'name=web', 'web]']) {
    test.strictSame(places({ ...web, name }), [], `called ${JSON.stringify(name)}`)
  }
  test.end()
})

const injecting = (additions: Addition[], injects: string[]) =>
  sampleOf('sample', { violations: [flaw('spec')], additions, injects })

void t.test('what a policy may not do', (test) => {
  const value = true
  const outside = injecting([{ at: 'hostNetwork', value }], ['hostname'])
  test.throws(() => remedy(deployment(), { policies: [outside] }), { message: 'sample may not inject hostNetwork' })
  const over = injecting([{ at: 'hostname', value: 'other' }], ['hostname'])
  test.strictSame(
    remedy(deployment({ pod: { hostname: 'web' } }), { policies: [over] }).operations,
    [],
    'write over a value'
  )
  const instead = injecting([{ at: 'priority', value: 1, instead: 0 }], ['priority'])
  test.equal(remedy(deployment({ pod: { priority: 0 } }), { policies: [instead] }).operations[0]?.op, 'replace')
  test.strictSame(remedy(deployment({ pod: { priority: 2 } }), { policies: [instead] }).operations, [])
  for (const policy of catalogue) {
    test.equal('remedy' in policy, policy.injects.length > 0, `${policy.id} has a remedy where it says what it injects`)
  }
  test.end()
})
