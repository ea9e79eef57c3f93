import t from 'tap'
import type { ExistingNamespace } from '../../src/inventory/transform.ts'
import type { Surroundings } from '../../src/inventory/cluster-view.ts'
import { type Desired, desiredCompanion } from '../../src/companion/desired.ts'
import { companionLabels } from '../../src/engine/api.ts'
import { unknown } from '../../src/inventory/fact.ts'
import { autoscalerOf } from '../support/facts.ts'
import { frozen } from '../support/workloads.ts'
import { aroundOf, budgetOf, companionOf, narrowed, optedIn, ownedBy, rules, sceneOf, workloadOf } from './scene.ts'

const manifest = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: {
    name: 'holdfast-deployment-web',
    namespace: 'shop',
    labels: { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'web',
        uid: 'u-web',
        controller: true,
        blockOwnerDeletion: false
      }
    ]
  },
  spec: {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: narrowed
  }
}

/** The verdict about a companion that does not give way. */
const keep = (of: object) => ({
  verdict: 'keep',
  manifest: of,
  fault: undefined,
  gaveWay: undefined,
  lookAgainAt: undefined
})

function desired(given: Partial<Surroundings>): Desired {
  return desiredCompanion(frozen(sceneOf(given)))
}

function namespace(labels: Record<string, string>, terminating = false): { namespace: ExistingNamespace } {
  return { namespace: { labels, terminating } }
}

function deployment(...given: Parameters<typeof workloadOf>): Partial<Surroundings> {
  return { workload: workloadOf(...given) }
}

void t.test('a workload of three in a namespace that asks for it has a companion', (test) => {
  test.strictSame(desired({}), keep(manifest))
  test.strictSame(desired(namespace({ ...optedIn, 'holdfast.dev/mode': 'warn' })).verdict, 'keep')
  test.end()
})

void t.test('the selector of a custom resource is written as a budget would have it back', (test) => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [{ key: 'app', operator: 'Exists', values: [], note: 'kept by a schema that lets everything be' }]
  }
  const exists = { key: 'app', operator: 'Exists' }
  const expressions = { ...selector, matchExpressions: [exists, ...narrowed.matchExpressions] }
  const spec = { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }
  const written = keep({ ...manifest, spec: { ...spec, selector: expressions } })
  test.strictSame(desired(deployment({ selector })), written)
  const empty = { matchLabels: { app: 'web' }, matchExpressions: [] }
  test.strictSame(desired(deployment({ selector: empty })), keep(manifest))
  test.end()
})

const keeps: Readonly<Record<string, Partial<Surroundings>>> = {
  'two replicas': deployment({ replicas: 2 }),
  'an autoscaler with a floor of two': deployment({ autoscaler: autoscalerOf({ minReplicas: 2 }) }),
  'a floor of one': deployment({ autoscaler: autoscalerOf({ minReplicas: 1 }) }),
  'a floor of zero': deployment({ autoscaler: autoscalerOf({ kind: 'ScaledObject', minReplicas: 0 }) }),
  'one replica at a floor of one': deployment({ replicas: 1, autoscaler: autoscalerOf({ minReplicas: 1 }) }),
  'one replica below the floor of its autoscaler': deployment({
    replicas: 1,
    autoscaler: autoscalerOf({ minReplicas: 3 })
  }),
  'no replicas, while its autoscaler may start some': deployment({
    replicas: 0,
    autoscaler: autoscalerOf({ kind: 'ScaledObject', minReplicas: 0 })
  }),
  'three replicas that its autoscaler is about to bring down to one': deployment({
    autoscaler: autoscalerOf({ minReplicas: 1, maxReplicas: 1 })
  }),
  'its own companion': { budgets: [companionOf()], companions: [companionOf()] },
  'a companion left by a workload of the same name': { budgets: [companionOf(ownedBy({ uid: 'u-old' }))] },
  'a companion whose owner reference an orphaning deletion took off': {
    budgets: [companionOf({ ownerReferences: [] })]
  },
  'a neighbour whose selector matches its pods, but not the other way round': {
    overlapping: [workloadOf({ selector: {}, podLabels: { app: 'api' } }, { name: 'api' })]
  },
  'a part of its own with the same pods': {
    overlapping: [workloadOf({ kind: 'StatefulSet' }, { name: 'web-0', ...ownedBy({}) })]
  },
  'an operator as its owner': deployment({}, ownedBy({ apiVersion: 'db.example/v1', kind: 'Database' })),
  'an owner that is not its controller': deployment({}, ownedBy({ controller: false })),
  'an annotation that says something else about injection': deployment(
    {},
    { annotations: { 'holdfast.dev/inject': 'enabled' } }
  )
}

for (const [name, given] of Object.entries(keeps)) {
  void t.test(`it is kept with ${name}`, (test) => {
    test.strictSame(desired(given).verdict, 'keep')
    test.end()
  })
}

const none = (reason: string, why: string) => ({ verdict: 'none', reason, why })
const notAsked = none('not-asked', 'neither its namespace nor the configuration asks for one')
const ledBy = (apiVersion: string, kind: string) => deployment({}, ownedBy({ apiVersion, kind, name: 'big' }))

const others: Readonly<Record<string, readonly [given: Partial<Surroundings>, desired: object]>> = {
  'no label on the namespace': [namespace({}), notAsked],
  'mode without inject': [namespace({ 'holdfast.dev/mode': 'enforce' }), notAsked],
  'inject without a mode': [namespace({ 'holdfast.dev/inject': 'enabled' }), notAsked],
  'a mode that is none': [namespace({ ...optedIn, 'holdfast.dev/mode': 'Enforce' }), notAsked],
  'labels of a prototype': [namespace(JSON.parse('{"__proto__":"enforce"}') as Record<string, string>), notAsked],
  'a system namespace': [deployment({}, { namespace: 'kube-system' }), notAsked],
  'a kind that is not covered': [deployment({ kind: 'DaemonSet', replicas: undefined }), notAsked],
  'audit mode': [namespace({ 'holdfast.dev/mode': 'audit' }), { verdict: 'would-keep' }],
  'inject: disabled on it': [
    deployment({}, { annotations: { 'holdfast.dev/inject': 'disabled' } }),
    none('opted-out', 'its annotation says holdfast.dev/inject: disabled')
  ],
  'an exemption': [
    deployment({}, { annotations: { 'holdfast.dev/exempt.disruption-budget': 'a batch of its own' } }),
    none('opted-out', 'it is exempt from disruption-budget')
  ],
  'one replica': [deployment({ replicas: 1 }), none('single-replica', 'it runs 1 replica')],
  'no replicas': [deployment({ replicas: 0 }), none('single-replica', 'it runs no replicas')],
  'one replica that its autoscaler keeps at one': [
    deployment({ replicas: 1, autoscaler: autoscalerOf({ minReplicas: 1, maxReplicas: 1 }) }),
    none('single-replica', 'it runs 1 replica')
  ],
  'no replicas, of which its autoscaler may start one': [
    deployment({ replicas: 0, autoscaler: autoscalerOf({ minReplicas: 0, maxReplicas: 1 }) }),
    none('single-replica', 'it runs no replicas')
  ],
  'a foreign budget': [
    { budgets: [budgetOf('payments'), companionOf()] },
    none('yielded', 'PodDisruptionBudget payments selects the same pods')
  ],
  'a foreign budget that selects everything': [
    { budgets: [budgetOf('all', {}, { selector: {} })] },
    none('yielded', 'PodDisruptionBudget all selects the same pods')
  ],
  'a foreign budget that lets all go at once': [
    { budgets: [budgetOf('loose', {}, { selector: { matchLabels: { app: 'web' } }, maxUnavailable: '100%' })] },
    none('unprotected', 'PodDisruptionBudget loose selects the same pods, and lets all of them go at once')
  ],
  'one that lets as many go as there are': [
    { budgets: [budgetOf('loose', {}, { selector: { matchLabels: { app: 'web' } }, maxUnavailable: 3 })] },
    none('unprotected', 'PodDisruptionBudget loose selects the same pods, and lets all of them go at once')
  ],
  'one that protects what an autoscaler may add': [
    {
      ...deployment({ autoscaler: autoscalerOf({ maxReplicas: 4 }) }),
      budgets: [budgetOf('own', {}, { selector: { matchLabels: { app: 'web' } }, maxUnavailable: 3 })]
    },
    none('yielded', 'PodDisruptionBudget own selects the same pods')
  ],
  'one for labels of run time that lets all go': [
    {
      budgets: [budgetOf('leader', {}, { selector: { matchLabels: { app: 'web', role: 'leader' } }, minAvailable: 0 })]
    },
    none('yielded', 'PodDisruptionBudget leader may select the same pods')
  ],
  'three of them': [
    { budgets: [budgetOf('c'), budgetOf('a'), budgetOf('b')] },
    none('yielded', 'PodDisruptionBudgets a and 2 more select the same pods')
  ],
  'a companion that somebody has taken over': [
    { budgets: [companionOf({ labels: { 'holdfast.dev/companion': 'true' } })] },
    none('yielded', 'PodDisruptionBudget holdfast-deployment-web selects the same pods')
  ],
  'the companion of another workload': [
    { budgets: [companionOf({ name: 'holdfast-deployment-all', ...ownedBy({ name: 'all' }) })] },
    none('yielded', 'PodDisruptionBudget holdfast-deployment-all selects the same pods')
  ],
  'a marked budget without an owner under another name': [
    { budgets: [budgetOf('copy', { labels: companionLabels })] },
    none('yielded', 'PodDisruptionBudget copy selects the same pods')
  ],
  'pods of another workload': [
    { overlapping: [workloadOf({}, { name: 'canary' })] },
    none('shared-pods', 'its selector also matches the pods of Deployment canary')
  ],
  'pods of an older template of another': [
    {
      overlapping: [
        workloadOf({ podLabels: { app: 'api' }, olderLabels: [{ app: 'web', track: 'old' }] }, { name: 'api' })
      ]
    },
    none('shared-pods', 'its selector also matches the pods of Deployment api')
  ],
  'pods of two others': [
    { overlapping: [workloadOf({}, { name: 'canary' }), workloadOf({ kind: 'DaemonSet' }, { name: 'agent' })] },
    none('shared-pods', 'its selector also matches the pods of Deployment canary and 1 more')
  ],
  'no selector': [deployment({ selector: undefined }), none('uncountable', 'it has no selector')],
  'an empty selector': [deployment({ selector: {} }), none('uncountable', 'it has no selector')],
  'a selector that misses its pods': [
    deployment({ podLabels: { app: 'api' } }),
    none('uncountable', 'its selector does not match its own pods')
  ],
  'no number of replicas': [
    deployment({ replicas: undefined }),
    none('uncountable', 'it does not say how many replicas it has')
  ],
  'a Deployment as its controller': [
    ledBy('apps/v1', 'Deployment'),
    none('part-of-another', 'it is part of Deployment big')
  ],
  'a controller that is covered itself': [
    ledBy('argoproj.io/v1alpha1', 'Rollout'),
    none('part-of-another', 'it is part of Rollout big')
  ],
  'a namespace in deletion': [
    { ...namespace({}, true), budgets: [budgetOf('payments')] },
    { verdict: 'leave', why: 'its namespace is being deleted' }
  ],
  'its own deletion': [
    deployment({}, { deletionTimestamp: '2026-11-21T04:00:00Z' }),
    { verdict: 'leave', why: 'it is being deleted' }
  ],
  'a foreign budget while it is being deleted': [
    { ...deployment({}, { deletionTimestamp: '2026-11-21T04:00:00Z' }), budgets: [budgetOf('payments')] },
    none('yielded', 'PodDisruptionBudget payments selects the same pods')
  ],
  'no workload': [{ workload: undefined }, { verdict: 'gone' }],
  'no workload and no namespace': [{ workload: undefined, namespace: undefined }, { verdict: 'gone' }],
  'a namespace that was not seen': [{ namespace: undefined }, { verdict: 'unknown', why: 'its namespace is not known' }]
}

for (const [name, [given, expected]] of Object.entries(others)) {
  void t.test(`it is not kept with ${name}`, (test) => {
    test.strictSame(desired(given), expected)
    test.end()
  })
}

/** What a companion comes to about which the disruption controller says that for so long. */
const failing = (seconds: number, reason = 'SyncFailed') => {
  const message = 'workflows.argoproj.io does not implement the scale subresource'
  const stall = { reason, message, since: sceneOf().now - seconds * 1000 }
  const status = { isCurrent: false, expectedPods: 3, currentHealthy: 3, stall }
  return desiredCompanion(frozen(sceneOf({}, { ...companionOf(), status })))
}

void t.test('a companion that cannot count its pods is withdrawn, unless that passes', (test) => {
  const why =
    'the disruption controller cannot count its pods: workflows.argoproj.io does not implement the scale subresource'
  test.strictSame(failing(3), none('withdrawn', why))
  test.match(failing(2), { verdict: 'keep', lookAgainAt: sceneOf().now + 1000 })
  test.match(failing(60, 'SufficientPods'), { verdict: 'keep', lookAgainAt: undefined })
  test.end()
})

void t.test('one that was withdrawn is not tried at once', (test) => {
  test.strictSame(desiredCompanion({ ...sceneOf(), withheld: 'no scale' }), none('withdrawn', 'no scale'))
  test.end()
})

/** The companion of a workload with so many healthy pods, none of which could go for an hour. */
function stuck(healthy: number, of: number, given: Parameters<typeof workloadOf>[0] = {}): Desired {
  const stall = { reason: 'InsufficientPods', message: '', since: sceneOf().now - 3_600_000 }
  const status = { isCurrent: true, expectedPods: of, currentHealthy: healthy, stall }
  const workload = workloadOf({ replicas: of, ...given })
  return desiredCompanion(frozen(sceneOf({ workload }, { ...companionOf(), status })))
}

void t.test('it gives way to pods that stay unready, and is marked', (test) => {
  const annotations = { 'holdfast.dev/gave-way': '1' }
  test.match(stuck(2, 3), {
    manifest: { metadata: { annotations }, spec: { maxUnavailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
    gaveWay: '1 pod stays unready: it allows 2 instead of 1, so that the healthy ones can be evicted'
  })
  test.match(stuck(4, 10), {
    manifest: { metadata: { annotations: { 'holdfast.dev/gave-way': '6' } }, spec: { maxUnavailable: 7 } },
    gaveWay: '6 pods stay unready: it allows 7 instead of 1, so that the healthy ones can be evicted'
  })
  test.end()
})

const db = { kind: 'StatefulSet' }

const policyOf = (given: Partial<Surroundings>) => {
  const found = desired(given)
  return found.verdict === 'keep' ? found.manifest.spec.unhealthyPodEvictionPolicy : found.verdict
}

void t.test('unready pods that may belong to a quorum are spared until it gives way', (test) => {
  test.equal(policyOf(deployment({ ...db, replicas: 3 })), 'IfHealthyBudget')
  test.equal(policyOf(deployment({ ...db, replicas: 2 })), 'AlwaysAllow')
  const part = workloadOf({ ...db, replicas: 3 }, { name: 'web-0', ...ownedBy({}) })
  test.equal(policyOf({ overlapping: [part] }), 'IfHealthyBudget', 'by a part of it')
  const wide = workloadOf({ ...db, selector: {}, podLabels: { app: 'api' } }, { name: 'wide' })
  test.equal(policyOf({ overlapping: [wide] }), 'AlwaysAllow', 'whose selector alone reaches its pods is none')
  test.match(stuck(1, 3, db), {
    manifest: { spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
    gaveWay: '2 pods stay unready: unready pods may be evicted, the healthy ones may be a quorum and stay'
  })
  test.match(stuck(4, 5, db), { manifest: { spec: { maxUnavailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' } } })
  test.end()
})

const saying = (quorum: string, replicas: number, more: Record<string, string> = {}) =>
  deployment({ ...db, replicas }, { annotations: { 'holdfast.dev/quorum': quorum, ...more } })

void t.test('what a person says about a quorum counts', (test) => {
  test.equal(policyOf(saying('false', 3)), 'AlwaysAllow')
  test.equal(policyOf(saying('true', 2)), 'IfHealthyBudget')
  test.equal(policyOf(saying('yes', 3)), 'IfHealthyBudget', 'a value that means nothing')
  const part = workloadOf({ ...db, replicas: 3 }, { name: 'web-0', ...ownedBy({}) })
  test.equal(policyOf({ ...saying('false', 3), overlapping: [part] }), 'AlwaysAllow', 'of its parts, too')
  test.end()
})

const allowed = (given: Partial<Surroundings>, maxUnavailable: number | string) => {
  const found = desiredCompanion({ ...sceneOf(given), maxUnavailable })
  return found.verdict === 'keep' ? found.manifest.spec.maxUnavailable : found.verdict
}

void t.test('what the configuration allows never costs a quorum its majority', (test) => {
  test.equal(allowed(saying('true', 3), '50%'), 1)
  test.equal(allowed(saying('true', 5), '50%'), 2)
  test.equal(allowed(saying('true', 5), '25%'), '25%')
  test.equal(allowed(saying('true', 2), 2), 1, 'one may always be evicted')
  test.equal(allowed(saying('3', 7), 3), 1)
  test.equal(allowed(saying('false', 3), '50%'), '50%')
  test.equal(allowed(deployment({ ...db, replicas: 3 }), '50%'), '50%', 'what is only assumed bounds nothing')
  test.equal(allowed(saying('true', 3, { 'holdfast.dev/max-unavailable': '2' }), 1), 2, 'a person may say more')
  test.end()
})

void t.test('it allows what the configuration says, unless its workload says otherwise', (test) => {
  test.match(desiredCompanion({ ...sceneOf(), maxUnavailable: '10%' }), {
    manifest: { spec: { maxUnavailable: '10%' } },
    fault: undefined
  })
  const annotated = deployment({}, { annotations: { 'holdfast.dev/max-unavailable': '2' } })
  test.match(desiredCompanion({ ...sceneOf(annotated), maxUnavailable: '10%' }), {
    manifest: { spec: { maxUnavailable: 2 } },
    fault: undefined
  })
  test.end()
})

void t.test('what is not known changes nothing', (test) => {
  const stale = unknown('the budgets are 150 s old')
  const verdict = { verdict: 'unknown', why: 'the budgets are 150 s old' }
  test.strictSame(desiredCompanion({ ...sceneOf(), around: stale }), verdict)
  test.strictSame(desiredCompanion({ ...sceneOf(), named: stale }), verdict)
  test.end()
})

void t.test('a foreign budget of its name is left alone, whatever it selects', (test) => {
  const taken = budgetOf('holdfast-deployment-web', {}, { selector: { matchLabels: { app: 'api' } } })
  const why = 'PodDisruptionBudget holdfast-deployment-web exists and does not belong to Holdfast'
  test.strictSame(desiredCompanion(sceneOf({}, taken)), none('name-taken', why))
  test.equal(desiredCompanion(sceneOf({}, companionOf())).verdict, 'keep')
  test.end()
})

void t.test('the configuration can turn companions off', (test) => {
  test.strictSame(desiredCompanion({ ...sceneOf(), rules: { ...rules, enabled: false } }), notAsked)
  test.end()
})

void t.test('two workloads over the same pods never both have a companion', (test) => {
  const wide = workloadOf({ podLabels: { app: 'web', track: 'stable' } })
  const narrow = workloadOf(
    { selector: { matchLabels: { app: 'web', track: 'canary' } }, podLabels: { app: 'web', track: 'canary' } },
    { name: 'canary', uid: 'u-canary' }
  )
  const ofNarrow = { ...sceneOf({ workload: narrow, overlapping: [wide] }), ref: { ...sceneOf().ref, name: 'canary' } }
  test.match(desired({ workload: wide, overlapping: [narrow] }), { verdict: 'none', reason: 'shared-pods' })
  test.equal(desiredCompanion(ofNarrow).verdict, 'keep', 'the one that selects its own pods alone')
  const around = { ...aroundOf({ workload: narrow, overlapping: [wide], budgets: [companionOf()] }) }
  test.match(desiredCompanion({ ...ofNarrow, around: { known: true, value: around } }), {
    verdict: 'none',
    why: 'PodDisruptionBudget holdfast-deployment-web selects the same pods'
  })
  test.end()
})
