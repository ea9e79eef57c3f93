import t from 'tap'
import type { Admit, Endpoint } from '../../src/admission/answer.ts'
import { known, unknown } from '../../src/inventory/fact.ts'
import { factsOf } from '../support/facts.ts'
import {
  admitOf,
  ask as askWhole,
  deployment,
  injectedKey,
  type Json,
  type JsonMap,
  mutated,
  overTheWire,
  reviewOf,
  type ReviewParts,
  type Said,
  type Setting,
  sound,
  web
} from '../support/workloads.ts'

const spread = {
  topologySpreadConstraints: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } }]
}
const good = deployment({ containers: [sound], pod: spread })
const bad = deployment({ containers: [{ ...sound, readinessProbe: undefined }], pod: spread })
const worse = deployment({ containers: [web], pod: spread })
const exempt = 'holdfast.dev/exempt.readiness-probe'
const exempted = deployment({
  containers: [{ ...sound, readinessProbe: undefined }],
  pod: spread,
  annotations: { [exempt]: 'no port yet' }
})
const advised: Setting = {
  overrides: { policies: new Map([['readiness-probe', { severity: 'advised' }]]), common: {} }
}
const warning =
  'deployment/web: [readiness-probe] containers[name=web].readinessProbe: serves port 8080 without a readiness probe; add one'
const finding = {
  field: 'spec.template.spec.containers[name=web].readinessProbe',
  problem: 'serves port 8080 without a readiness probe',
  fix: 'add one',
  policy: 'readiness-probe',
  severity: 'required'
}

const until = (end: string) => {
  const annotations = { [exempt]: 'no port yet', 'holdfast.dev/exempt-until': end }
  return deployment({ containers: [{ ...sound, readinessProbe: undefined }], pod: spread, annotations })
}

/** With the lists in the annotations read: the order of keys in them means nothing. */
function ask(
  ...call: [admit: Admit, endpoint: Endpoint, parts: ReviewParts]
): Omit<Said, 'auditAnnotations'> & { audit?: JsonMap } {
  const { auditAnnotations, ...said } = askWhole(...call)
  if (auditAnnotations === undefined) return said
  const lists = Object.entries(auditAnnotations).map(([key, text]) => [key, JSON.parse(text) as Json] as const)
  return { ...said, audit: Object.fromEntries(lists) }
}

const quiet = { uid: '1-2-3', allowed: true }

void t.test('no violation, or nothing that we judge: allowed', (test) => {
  for (const endpoint of ['mutate', 'audit', 'warn', 'enforce'] as const) {
    test.strictSame(ask(admitOf(), endpoint, { object: good }), quiet, endpoint)
    test.strictSame(
      ask(admitOf(), endpoint, { object: bad, resource: 'configmaps' }),
      quiet,
      `${endpoint}, a ConfigMap`
    )
  }
  test.end()
})

void t.test('a required violation', (test) => {
  test.strictSame(ask(admitOf(), 'enforce', { object: bad }), {
    uid: '1-2-3',
    allowed: false,
    status: {
      status: 'Failure',
      code: 403,
      reason: 'Forbidden',
      message:
        'deployment/web violates 1 required policy of profile standard:\n' +
        '[readiness-probe] spec.template.spec.containers[name=web].readinessProbe: serves port 8080 without a readiness probe; add one\n' +
        'With holdfast.dev/inject=enabled on the namespace, Holdfast repairs readiness-probe.\n' +
        'To exempt it, annotate it with holdfast.dev/exempt.<policy>: "<reason>".',
      details: {
        causes: [
          {
            reason: 'readiness-probe',
            field: 'spec.template.spec.containers[name=web].readinessProbe',
            message: 'serves port 8080 without a readiness probe; add one'
          }
        ]
      }
    },
    audit: { findings: [finding] }
  })
  test.strictSame(ask(admitOf(), 'warn', { object: bad }), {
    ...quiet,
    warnings: ['deployment/web: enforce mode would deny this for readiness-probe', warning],
    audit: { findings: [finding], 'would-deny': ['readiness-probe'] }
  })
  const at = 'containers[name=web].readinessProbe'
  const value = { tcpSocket: { port: 8080 }, periodSeconds: 5 }
  test.strictSame(ask(admitOf(), 'audit', { object: bad }), {
    ...quiet,
    audit: { findings: [finding], 'would-deny': ['readiness-probe'] }
  })
  const repairing = admitOf({ labels: known({ 'holdfast.dev/inject': 'enabled' }) })
  test.strictSame(
    ask(repairing, 'audit', { object: bad }),
    { ...quiet, audit: { findings: [finding], 'would-inject': [{ policy: 'readiness-probe', at, value }] } },
    'what a repair would mend would not be denied'
  )
  test.end()
})

void t.test('a denial shows the way', (test) => {
  const messageOf = (setting: Setting): string =>
    ask(admitOf(setting), 'enforce', { object: worse }).status?.message ?? ''
  test.match(
    messageOf({}),
    '\nWith holdfast.dev/inject=enabled on the namespace, Holdfast repairs readiness-probe, pre-stop-sleep.\n'
  )
  test.notMatch(
    messageOf({ labels: known({ 'holdfast.dev/inject': 'enabled' }) }),
    'inject=enabled',
    'not to a namespace that has repairs already'
  )
  const two = deployment({
    containers: [{ ...sound, readinessProbe: undefined, ports: [{ containerPort: 1 }, { containerPort: 2 }] }],
    pod: spread
  })
  const partly = ask(admitOf(), 'enforce', { object: two }).status?.message
  test.notMatch(partly, 'inject=enabled', 'nor where the repair would leave the finding')
  const scaled = ask(admitOf(), 'enforce', {
    object: deployment({ containers: [sound], spec: { replicas: 3 } }),
    oldObject: deployment({ containers: [sound], spec: { replicas: 0 } })
  })
  test.notMatch(scaled.status?.message, 'inject=enabled', 'nor where the template is as it was, which is not patched')
  const owned = {
    ownerReferences: [{ apiVersion: 'example.com/v1', kind: 'App', name: 'a', uid: '1', controller: true }]
  }
  const ofOperator = ask(admitOf(), 'enforce', {
    object: deployment({ containers: [web], pod: spread, metadata: owned })
  })
  test.equal(ofOperator.allowed, false)
  test.notMatch(ofOperator.status?.message, 'inject=enabled', 'nor what a controller owns, which is not patched either')
  const pages = messageOf({ policyPages: 'https://docs.example.com/{policy}.html' }).split('\n').slice(-2)
  test.strictSame(pages, [
    'See https://docs.example.com/readiness-probe.html',
    'See https://docs.example.com/pre-stop-sleep.html'
  ])
  test.end()
})

void t.test('mutate: a patch, or nothing at all', (test) => {
  const said = ask(admitOf(), 'mutate', { object: bad })
  test.match(said, { ...quiet, patchType: 'JSONPatch', audit: { injected: ['readiness-probe'] } })
  test.strictSame(JSON.parse(Buffer.from(said.patch ?? '', 'base64').toString()), [
    {
      op: 'add',
      path: '/spec/template/spec/containers/0/readinessProbe',
      value: { tcpSocket: { port: 8080 }, periodSeconds: 5 }
    },
    {
      op: 'add',
      path: '/metadata/annotations',
      value: {
        [injectedKey]:
          '[{"policy":"readiness-probe","at":"containers[name=web].readinessProbe","value":{"tcpSocket":{"port":8080},"periodSeconds":5}}]'
      }
    }
  ])
  test.strictSame(said.warnings, ['deployment/web: holdfast added readinessProbe'])
  const short = deployment({ containers: [web], pod: { ...spread, terminationGracePeriodSeconds: 10 } })
  const { warnings, audit } = ask(admitOf(), 'mutate', { object: short })
  test.strictSame(
    warnings,
    [
      'deployment/web: holdfast added readinessProbe, preStop',
      'deployment/web: [pre-stop-sleep] terminationGracePeriodSeconds: a grace period of 10 s leaves 5 s to stop after the injected sleep of 5 s; set it to 15 or more'
    ],
    'what a repair costs'
  )
  test.strictSame(audit, { injected: ['readiness-probe', 'pre-stop-sleep'] })
  const again = { object: mutated(admitOf(), { object: short }), oldObject: short }
  test.strictSame(ask(admitOf(), 'mutate', again).warnings, undefined, 'said where it is made, and not again')
  test.end()
})

void t.test('only advised, or in doubt', (test) => {
  const expected = { ...quiet, warnings: [warning], audit: { findings: [{ ...finding, severity: 'advised' }] } }
  for (const mode of ['warn', 'enforce'] as const)
    test.strictSame(ask(admitOf(advised), mode, { object: bad }), expected, mode)
  const facts = factsOf({ autoscaler: unknown('unread') })
  const one = deployment({ containers: [sound], pod: spread, spec: { replicas: 1 } })
  const said = ask(admitOf({ profile: 'critical', facts }), 'enforce', { object: one, oldObject: good })
  test.match(
    said.warnings?.[0],
    'deployment/web: [min-replicas] spec.replicas: runs 1 replica (autoscaler unknown); set it to 3 or more'
  )
  test.notMatch(said.status?.message, /min-replicas/, 'what is unknown is never a reason')
  test.end()
})

void t.test('exempt', (test) => {
  const said = { ...quiet, audit: { exempt: [{ policy: 'readiness-probe', reason: 'no port yet' }] } }
  for (const mode of ['audit', 'warn', 'enforce'] as const) {
    test.strictSame(ask(admitOf(), mode, { object: exempted }), said, mode)
  }
  test.strictSame(ask(admitOf(), 'mutate', { object: exempted }), quiet, 'and nothing is injected')
  const forbidding = admitOf({ exemptions: { allowed: false, forbidden: new Set() } })
  const denied = ask(forbidding, 'enforce', { object: exempted })
  test.equal(denied.allowed, false, 'not where the configuration forbids it')
  test.notMatch(denied.status?.message, /exempt/, 'and then nobody is told how')
  test.strictSame(denied.warnings, [
    `deployment/web: ${exempt} has no effect: exemptions from readiness-probe are forbidden here`
  ])
  test.end()
})

void t.test('an exemption that has ended, and one that ends soon', (test) => {
  const ended = ask(admitOf(), 'enforce', { object: until('2026-11-20') })
  test.equal(ended.allowed, false)
  test.strictSame(ended.warnings, ['deployment/web: its exemptions ended on 2026-11-20, so the policies apply again'])
  const soon = ask(admitOf(), 'enforce', { object: until('2026-11-30') })
  test.equal(soon.allowed, true)
  test.strictSame(soon.warnings, ['deployment/web: its exemptions end on 2026-11-30, in 9 days'])
  test.end()
})

void t.test('updates', (test) => {
  const admit = admitOf()
  const update = (object: unknown, oldObject: unknown) => ask(admit, 'enforce', { object, oldObject })
  test.strictSame(update(bad, bad).allowed, true, 'what was wrong before is allowed')
  test.strictSame(update(bad, bad).warnings, [warning], 'and warned about')
  test.strictSame(update(bad, worse).allowed, true, 'half of it repaired is allowed')
  test.strictSame(update(worse, bad).allowed, false, 'more of it is not')
  test.match(
    update(worse, bad).status?.message,
    /^deployment\/web violates 1 required policy of profile standard:\n\[pre-stop-sleep\]/
  )
  test.strictSame(update(worse, bad).warnings, [warning], 'the rest is warned about')
  test.strictSame(
    update(bad, exempted).allowed,
    false,
    'a request that drops its exemption brings in what that covered'
  )
  test.strictSame(update(exempted, exempted).allowed, true, 'one that keeps it does not')
  test.strictSame(update(worse, exempted).allowed, false, 'nor does it cover what another policy finds')
  test.strictSame(
    update(until('2026-11-20'), until('2026-11-20')).allowed,
    true,
    'an end date that passes denies nothing that was there'
  )
  test.strictSame(update(bad, until('2026-11-20')).allowed, true, 'nor does it count when it is dropped')
  test.end()
})

void t.test('what is logged of a call', (test) => {
  const request = { dryRun: true, name: null, namespace: undefined }
  const { record } = admitOf()('enforce', overTheWire(reviewOf({ object: bad, request })))
  const { verdicts, findings, reasons, ...rest } = record
  test.strictSame([findings.length, reasons.length], [1, 1])
  test.strictSame(rest, {
    uid: '1-2-3',
    endpoint: 'enforce',
    operation: 'CREATE',
    resource: 'apps/deployments',
    namespace: '',
    name: '',
    user: 'alice',
    dryRun: true,
    verdict: 'deny',
    profile: 'standard',
    denied: ['readiness-probe'],
    warned: [],
    patched: []
  })
  const ofProbe = verdicts.filter(({ policy }) => policy === 'readiness-probe')
  test.strictSame(ofProbe, [{ policy: 'readiness-probe', verdict: 'violated' }])
  const patched = admitOf()('mutate', overTheWire(reviewOf({ object: worse }))).record
  test.match(patched, { verdict: 'patch', warned: [], patched: ['readiness-probe', 'pre-stop-sleep'] })
  const short = deployment({ containers: [web], pod: { ...spread, terminationGracePeriodSeconds: 10 } })
  test.match(admitOf()('mutate', overTheWire(reviewOf({ object: short }))).record, { warned: ['pre-stop-sleep'] })
  test.match(admitOf()('mutate', overTheWire(reviewOf({ object: good }))).record, { verdict: 'allow', dryRun: false })
  test.end()
})
