import t from 'tap'
import { nothingKnown } from '../../support/facts.ts'
import {
  appliedNothing,
  deployment,
  injectedKey,
  type JsonMap,
  type Setting,
  sleepHook,
  sound,
  web,
  worker
} from '../../support/workloads.ts'
import { changed } from '../../laws/server.ts'
import { created, podWith, recordIn, templateOf, updated } from './update.ts'

const slow = { ...web, lifecycle: { preStop: { exec: { command: ['sleep', '50'] } } } }
const original = deployment({ containers: [web, worker] })
const live = created(original)
const off: Setting = {
  overrides: {
    policies: new Map(
      ['readiness-probe', 'pre-stop-sleep', 'topology-spread', 'termination-budget'].map((id) => [
        id,
        { severity: 'off' }
      ])
    ),
    common: {}
  }
}

const all = [
  'readiness-probe containers[name=web].readinessProbe',
  'pre-stop-sleep containers[name=web].lifecycle.preStop',
  'topology-spread topologySpreadConstraints'
]

void t.test('the original written again gets back what was injected', (test) => {
  const { template, injected, after } = updated(original, live)
  test.strictSame(template, templateOf(live))
  test.strictSame(injected.toSorted(), all.toSorted())
  test.strictSame(recordIn(after), recordIn(live), 'with its record')
  test.strictSame(updated(after, live).did, [], 'once')
  test.end()
})

void t.test('whatever has changed since in the configuration', (test) => {
  const settings: Readonly<Record<string, Setting>> = {
    'the policies are switched off': off,
    'another profile': { profile: 'baseline' },
    'other parameters': {
      overrides: { policies: new Map([['pre-stop-sleep', { parameters: { seconds: 20 } }]]), common: {} }
    },
    'nothing is known of the surroundings': { facts: nothingKnown }
  }
  for (const [fact, setting] of Object.entries(settings)) {
    test.strictSame(updated(original, live, { setting }).template, templateOf(live), fact)
  }
  test.end()
})

void t.test('what the API server has filled in beside it stays too', (test) => {
  const { template } = updated(original, live)
  test.match(template, {
    spec: { containers: [{ readinessProbe: { tcpSocket: { port: 8080 }, failureThreshold: 3 } }] }
  })
  test.end()
})

void t.test('an update that leaves the template as it is gets nothing', (test) => {
  const plain = deployment({ containers: [web], metadata: appliedNothing })
  for (const [fact, change] of Object.entries<JsonMap>({
    nothing: {},
    annotations: { annotations: { note: 'x' } },
    'an annotation that asks for nothing': { annotations: { 'holdfast.dev/inject': 'disabled' } },
    labels: { labels: { team: 'a' } },
    managers: { managedFields: [] }
  })) {
    const metadata = { ...(plain['metadata'] as JsonMap), ...change }
    test.strictSame(
      updated({ ...plain, metadata }, created(plain, off)).did,
      [],
      `${fact}, of one that was never patched`
    )
    const before = live as JsonMap
    const patched = { ...before, metadata: { ...(before['metadata'] as JsonMap), ...change } }
    test.strictSame(updated(patched, live).did, [], `${fact}, of one that was`)
  }
  const spec = { ...(live as { spec: JsonMap }).spec, replicas: 9, minReadySeconds: 5, strategy: { type: 'Recreate' } }
  test.strictSame(
    updated({ ...(live as JsonMap), spec }, live).did,
    [],
    'replicas and strategy are beside the template'
  )
  test.end()
})

void t.test('a template that the request changes gets what it lacks', (test) => {
  const plain = created(original, off)
  const { injected } = updated(podWith(plain, {}, { image: 'web:2' }), plain)
  test.strictSame(injected, all)
  test.end()
})

void t.test('containers that move, come and go', (test) => {
  const turned = updated(deployment({ containers: [worker, web] }), live)
  test.strictSame(turned.injected, all, 'in another order')
  test.match(turned.template, { spec: { containers: [{ name: 'worker' }, { name: 'web', lifecycle: sleepHook }] } })
  const renamed = updated(deployment({ containers: [{ ...web, name: 'site' }, worker] }), live)
  test.strictSame(
    renamed.injected.toSorted(),
    all.map((text) => text.replace('=web', '=site')).toSorted(),
    'under another name it is another container'
  )
  test.notMatch(JSON.stringify(recordIn(renamed.after)), /name=web/, 'the record forgets the old name')
  const more = updated(deployment({ containers: [web, { ...sound, name: 'api' }] }), live)
  test.strictSame(more.injected, all, 'one that has everything comes')
  const without = updated(deployment({ containers: [worker, { ...worker, name: 'log' }] }), live)
  test.strictSame(without.injected, [all[2]], 'the one that was patched goes')
  test.end()
})

void t.test('what keeps injections away keeps them away here', (test) => {
  const disabled = deployment({ containers: [web, worker], annotations: { 'holdfast.dev/inject': 'disabled' } })
  test.strictSame(updated(disabled, live).did, [], 'the annotation')
  const { injected } = updated(original, live, { exempt: ['readiness-probe', 'topology-spread'] })
  test.strictSame(injected, [all[1]], 'an exemption, for its policy')
  test.end()
})

const grace = (object: unknown) =>
  (object as { spec: { terminationGracePeriodSeconds: number } }).spec.terminationGracePeriodSeconds

void t.test('the grace period', (test) => {
  const asked = deployment({ containers: [slow], metadata: appliedNothing })
  const before = created(asked)
  test.equal(grace(templateOf(before)), 55, 'it was raised')
  test.equal(grace(updated(asked, before).template), 55, 'a 30 that the API server filled in again is raised again')
  const silent = deployment({ containers: [slow] })
  test.equal(grace(updated(silent, before).template), 55, 'also where nothing shows who wrote it')
  test.equal(
    grace(updated(podWith(asked, { terminationGracePeriodSeconds: 60 }), before).template),
    60,
    'another value is a person’s'
  )
  const [fieldsV1] = [{ 'f:spec': { 'f:template': { 'f:spec': { 'f:terminationGracePeriodSeconds': {} } } } }]
  const written = deployment({ containers: [slow], metadata: { managedFields: [{ operation: 'Apply', fieldsV1 }] } })
  test.equal(grace(updated(written, before).template), 30, 'so is a 30 that was applied')
  const edited = changed(
    before,
    ['metadata', 'managedFields'],
    [
      { operation: 'Apply', fieldsV1: {} },
      { operation: 'Update', fieldsV1 }
    ]
  )
  const lowered = podWith(edited, { terminationGracePeriodSeconds: 30 })
  test.equal(grace(updated(lowered, before).template), 30, 'and one that was edited in beside the record')
  test.end()
})

void t.test('the sleep of an earlier release, which left the grace period', (test) => {
  const place = 'containers[name=web].lifecycle.preStop'
  const record = JSON.stringify([{ policy: 'pre-stop-sleep', at: place, value: { sleep: { seconds: 5 } } }])
  const asked = deployment({ containers: [web], metadata: appliedNothing })
  const parts = { metadata: appliedNothing, pod: { terminationGracePeriodSeconds: 30 } }
  const annotations = { [injectedKey]: record }
  const before = deployment({ ...parts, annotations, containers: [{ ...web, lifecycle: sleepHook }] })
  test.strictSame(updated(before, before).did, [], 'an update that changes nothing leaves it so')
  test.strictSame(updated(asked, before).template, templateOf(before), 'so does the original, written again')
  const rolled = updated(podWith(before, {}, { image: 'web:2' }), before)
  test.equal(grace(rolled.template), 35, 'the next rollout raises it')
  test.strictSame(updated(rolled.after, before).did, [], 'once')
  test.equal(grace(updated(podWith(asked, {}, { image: 'web:3' }), rolled.after).template), 35, 'and the one after')
  test.end()
})

void t.test('other kinds', (test) => {
  const job = { spec: { template: { spec: { containers: [slow] } } } }
  const run = created(job, {}, 'Job')
  test.strictSame(updated(job, run, { kind: 'Job' }).template, templateOf(run), 'a Job gets back what it had')
  const hasty = podWith(job, { terminationGracePeriodSeconds: 3 })
  test.strictSame(updated(hasty, run, { kind: 'Job' }).did, [], 'and no more, as its template cannot change')
  const pod = { spec: { template: {}, containers: [slow] } }
  test.strictSame(updated(pod, created(pod, {}, 'Pod'), { kind: 'Pod' }).did, [], 'a Pod nothing at all')
  const set = created(original, {}, 'StatefulSet')
  test.strictSame(updated(original, set, { kind: 'StatefulSet' }).template, templateOf(set), 'a StatefulSet')
  test.end()
})
