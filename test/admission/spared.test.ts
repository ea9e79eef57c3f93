import t from 'tap'
import type { Policy, Subject } from '../../src/engine/policy.ts'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import { known } from '../../src/inventory/fact.ts'
import { autoscalerCanAct } from '../../src/policies/autoscaler-can-act.ts'
import { budgetAllowsDisruption } from '../../src/policies/budget-allows-disruption.ts'
import { oneBudgetPerPod } from '../../src/policies/one-budget-per-pod.ts'
import { factsOf } from '../support/facts.ts'
import { factsAround } from '../support/inventory.ts'
import { budgetWith } from '../support/policy-cases.ts'
import {
  admitFrom,
  admitOf,
  ask,
  deployment,
  type JsonMap,
  overTheWire,
  reviewOf,
  type ReviewParts,
  sound
} from '../support/workloads.ts'

const selector = { matchLabels: { app: 'web' } }
const running = (replicas: number): ExistingWorkload => ({
  group: 'apps',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  replicas,
  podLabels: { app: 'web' },
  selector,
  containers: [],
  autoscaler: null
})
const resource = 'policy/poddisruptionbudgets'
const spread = {
  topologySpreadConstraints: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } }]
}
const web = (replicas: number): JsonMap => deployment({ containers: [sound], pod: spread, spec: { replicas } })

void t.test('a release may change the budget before the replicas', (test) => {
  const admit = admitOf({ facts: factsOf({ workloads: known([running(2)]) }) })
  const two = budgetWith({ minAvailable: 2 })
  test.equal(ask(admit, 'enforce', { object: two, resource }).allowed, false, 'created over too few it is denied')
  const updated = ask(admit, 'enforce', { object: two, oldObject: budgetWith({ minAvailable: 1 }), resource })
  test.equal(updated.allowed, true)
  test.match(updated.warnings?.[0], '2 of 2 pods blocks every drain')
  const all = budgetWith({ minAvailable: '100%' })
  const never = ask(admit, 'enforce', { object: all, oldObject: budgetWith({ minAvailable: 1 }), resource })
  test.equal(never.allowed, false, 'no number of replicas makes this right')
  const warned = ask(admit, 'warn', { object: two, oldObject: budgetWith({ minAvailable: 1 }), resource })
  test.notMatch(warned.warnings, ['in enforce mode'], 'and what enforce would deny is the same')
  test.end()
})

void t.test('and the replicas before the budget', (test) => {
  const existing = { name: 'web', spec: { minAvailable: 2, selector }, companion: false }
  const admit = admitOf({ facts: factsOf({ budgets: known([existing]) }) })
  for (const oldObject of [null, web(3)]) {
    const { allowed, warnings } = ask(admit, 'enforce', { object: web(2), oldObject })
    test.equal(allowed, true, oldObject === null ? 'created' : 'lowered')
    test.match(warnings, [/spec.replicas: budget web blocks every drain: minAvailable 2 of 2 pods/])
  }
  const warned = ask(admit, 'warn', { object: web(2) })
  test.notMatch(warned.warnings, [/enforce mode would deny/])
  test.end()
})

const resources = new Map<unknown, object>(
  Object.entries({
    Deployment: { group: 'apps', version: 'v1', resource: 'deployments' },
    PodDisruptionBudget: { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' },
    ScaledObject: { group: 'keda.sh', version: 'v1alpha1', resource: 'scaledobjects' },
    HorizontalPodAutoscaler: { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' }
  })
)
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const hpa = (minReplicas: number, maxReplicas = 9): JsonMap => {
  const spec = { scaleTargetRef, minReplicas, maxReplicas }
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec }
}
const measured = deployment({ containers: [{ ...sound, resources: { requests: { cpu: '1' } } }], pod: spread })
const scaledObject = (minReplicaCount: number, annotations: JsonMap = {}): JsonMap => {
  const spec = { scaleTargetRef: { name: 'web' }, minReplicaCount, maxReplicaCount: 9, triggers: [] }
  return { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 'web', annotations }, spec }
}

type Verdict = (object: JsonMap, oldObject: JsonMap | null, around: readonly JsonMap[]) => string

/** What one policy says in enforce, where it is required. */
function verdictOf(policy: Policy): Verdict {
  return (object, oldObject, around) => {
    // Each version has facts of its own, as in the webhook.
    const factsFor = (subject: Subject) => factsAround(subject, around)
    const admit = admitFrom({ factsFor, namespaceLabels: () => known({}) }, { policies: [policy], profile: 'critical' })
    const request = { resource: resources.get(object['kind']) }
    const { allowed, warnings = [] } = ask(admit, 'enforce', { object, oldObject, request })
    if (!allowed) return 'denied'
    return warnings.length === 0 ? 'silent' : 'warned'
  }
}

const ofBlocked = verdictOf(budgetAllowsDisruption)
const ofTwo = verdictOf(oneBudgetPerPod)
const ofRivals = verdictOf(autoscalerCanAct)

void t.test('an autoscaler whose floor makes a budget block is denied, and one that finds it so is not', (test) => {
  const around = [web(5), budgetWith({ minAvailable: 2 })]
  test.equal(ofBlocked(hpa(2), null, around), 'denied', 'created last')
  test.equal(ofBlocked(hpa(2), hpa(4), around), 'denied', 'lowered later')
  test.equal(ofBlocked(hpa(3), hpa(4), around), 'silent', 'lowered, and still one to spare')
  test.equal(ofBlocked(hpa(2, 12), hpa(2), around), 'warned', 'it was so before')
  test.equal(ofBlocked(hpa(1), hpa(2), around), 'warned', 'it was no better before')
  test.equal(ofBlocked(hpa(3), hpa(2), around), 'silent', 'mended')
  test.equal(ofBlocked(scaledObject(2), scaledObject(3), around), 'denied', 'by KEDA')
  test.equal(ofBlocked(scaledObject(0), null, around), 'denied', 'KEDA keeps one until it is idle')
  const other = budgetWith({ minAvailable: 2, selector: {} })
  test.equal(ofBlocked(hpa(2), hpa(4), [web(5), other]), 'warned', 'other pods may be to come')
  test.end()
})

void t.test('who ends a pause is not denied for the floor that it hid', (test) => {
  const around = [web(5), budgetWith({ minAvailable: 2 })]
  const paused = scaledObject(2, { 'autoscaling.keda.sh/paused-replicas': '5' })
  test.equal(ofBlocked(paused, null, around), 'warned', 'of a pause nothing is certain')
  test.equal(ofBlocked(scaledObject(2), paused, around), 'warned')
  test.end()
})

void t.test('an autoscaler comes after its workload', (test) => {
  const admit = admitOf({ profile: 'critical', facts: factsOf() })
  const says = (object: JsonMap, oldObject: JsonMap | null = null) => {
    const { allowed, status, warnings = [] } = ask(admit, 'enforce', { object, oldObject })
    const text = [...warnings, status?.message ?? ''].join(' ')
    return { denied: !allowed && text.includes('runs 1 replica'), said: text.includes('runs 1 replica') }
  }
  const one = deployment({ containers: [sound], pod: spread, spec: { replicas: 1 } })
  test.strictSame(says(one), { denied: false, said: true }, 'one replica may be the default')
  test.strictSame(says(one, web(3)), { denied: true, said: true }, 'but not in the place of three')
  const applied = 'kubectl.kubernetes.io/last-applied-configuration'
  const stated = deployment({
    containers: [sound],
    pod: spread,
    spec: { replicas: 1 },
    annotations: { [applied]: JSON.stringify({ spec: { replicas: 1 } }) }
  })
  test.strictSame(says(stated), { denied: true, said: true }, 'nor where somebody wrote it')
  test.end()
})

void t.test('so a workload that may yet get one is counted as spared, and stays as it is', (test) => {
  const admit = admitOf({ profile: 'critical', facts: factsOf() })
  const one = deployment({ containers: [sound], pod: spread, spec: { replicas: 1 } })
  const verdictOn = (parts: ReviewParts) => {
    const { verdicts, denied } = admit('enforce', overTheWire(reviewOf(parts))).record
    return [verdicts.find(({ policy }) => policy === 'min-replicas')?.verdict, denied.includes('min-replicas')]
  }
  test.strictSame(verdictOn({ object: one }), ['spared', false])
  const labelled = { ...one, metadata: { name: 'web', namespace: 'shop', labels: { team: 'a' } } }
  test.strictSame(verdictOn({ object: labelled, oldObject: one }), ['violated', false], 'the old one had it')
  test.strictSame(verdictOn({ object: one, oldObject: web(3) }), ['violated', true], 'the old one had more')
  test.end()
})

const patched = (object: JsonMap): string => ask(admitOf(), 'mutate', { object }).auditAnnotations?.['injected'] ?? ''

void t.test('and finds the pods spread that it then makes', (test) => {
  const applied = 'kubectl.kubernetes.io/last-applied-configuration'
  const one = (spec: JsonMap) => {
    const annotations = { [applied]: JSON.stringify({ spec }) }
    const fieldsV1 = { 'f:spec': { 'f:replicas': {} } }
    const managedFields = [{ manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1 }]
    return deployment({ containers: [sound], spec: { replicas: 1 }, annotations, metadata: { managedFields } })
  }
  test.match(patched(one({})), 'topology-spread', 'the manifest leaves the number out')
  test.notMatch(patched(one({ replicas: 1 })), 'topology-spread', 'it says one')
  const said = ask(admitOf(), 'enforce', { object: one({}) })
  test.notMatch(JSON.stringify(said.warnings ?? []), 'topology-spread', 'and nobody is warned')
  test.end()
})

const renamedTo = (labels: JsonMap) =>
  budgetWith({ maxUnavailable: 1, selector: { matchLabels: labels } }, { name: 'web-pdb' })

void t.test('a release may create the new budget before it deletes the old one', (test) => {
  const [old, api] = [budgetWith({ maxUnavailable: 1 }), budgetWith({ selector: { matchLabels: { app: 'api' } } })]
  const [same, apart] = [renamedTo({ app: 'web' }), renamedTo({ app: 'web', track: 'b' })]
  test.equal(ofTwo(same, null, [web(3), old]), 'warned')
  test.equal(ofTwo(same, same, [web(3), old]), 'warned', 'as long as both are there')
  test.equal(ofTwo(old, old, [web(3), same]), 'warned', 'and the old one')
  test.equal(ofTwo(same, apart, [web(3), old]), 'denied', 'an update that makes it so')
  test.equal(ofTwo(same, null, [web(3), api]), 'silent')
  test.equal(ofTwo(web(3), null, [old, same]), 'warned', 'a workload that comes to both')
  const elsewhere = deployment({ spec: { template: { metadata: { labels: { app: 'other' } } } } })
  test.equal(ofTwo(web(3), elsewhere, [old, same]), 'denied', 'labels that bring its pods under both')
  test.end()
})

void t.test('and the new autoscaler', (test) => {
  const around = [measured, hpa(3)]
  const renamed = { ...hpa(3), metadata: { name: 'web-hpa' } }
  test.equal(ofRivals(renamed, null, around), 'warned')
  test.equal(ofRivals(renamed, renamed, around), 'warned')
  test.equal(ofRivals(scaledObject(3), null, around), 'warned', 'by KEDA')
  const spec = { scaleTargetRef: { ...scaleTargetRef, name: 'api' }, minReplicas: 3, maxReplicas: 9 }
  test.equal(ofRivals(renamed, { ...renamed, spec }, around), 'denied', 'an update that makes it so')
  test.end()
})

void t.test('who creates a budget or an autoscaler first is not told that its workload is missing', (test) => {
  const object = budgetWith({ maxUnavailable: 1 })
  const warnings = (oldObject: JsonMap | null) =>
    JSON.stringify(ask(admitOf(), 'enforce', { object, oldObject, resource }).warnings ?? [])
  test.notMatch(warnings(null), 'selects no workload')
  test.match(warnings(budgetWith({ maxUnavailable: 2 })), 'selects the pods of no workload', 'later it is')
  test.end()
})

function recreate(replicas: number): JsonMap {
  return deployment({ containers: [sound], pod: spread, spec: { replicas, strategy: { type: 'Recreate' } } })
}

void t.test('what several steps let through', (test) => {
  const admit = admitOf({ facts: factsOf() })
  test.equal(ask(admit, 'enforce', { object: recreate(5) }).allowed, false, 'one step is denied')
  test.equal(ask(admit, 'enforce', { object: recreate(5), oldObject: web(5) }).allowed, false, 'whatever was there')
  const first = ask(admit, 'enforce', { object: recreate(0) })
  test.equal(first.allowed, true)
  test.notMatch(JSON.stringify(first), 'rollout-keeps-capacity', 'at zero replicas nothing is stopped')
  const second = ask(admit, 'enforce', { object: recreate(5), oldObject: recreate(0) })
  test.equal(second.allowed, true, 'what was scaled to zero can be scaled up again')
  test.match(second.warnings?.join(), 'Recreate stops every pod before it starts a new one')
  test.end()
})
