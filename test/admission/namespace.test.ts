import t from 'tap'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import { known, unknown } from '../../src/inventory/fact.ts'
import { definePolicy, type Policy } from '../../src/engine/policy.ts'
import { certain } from '../../src/engine/violation.ts'
import { factsOf } from '../support/facts.ts'
import { admitOf, ask, deployment, type JsonMap, type Setting, web } from '../support/workloads.ts'

const bare = deployment({ containers: [web] })
const labelled = (labels: Record<string, string>): Setting => ({ labels: known(labels) })
const profile = (name: string): Setting => labelled({ 'holdfast.dev/profile': name })
const version = (value: string): Setting => labelled({ 'holdfast.dev/profile-version': value })
const denies = (setting: Setting): boolean => !ask(admitOf(setting), 'enforce', { object: bare }).allowed
const saidOf = (setting: Setting) => ask(admitOf(setting), 'enforce', { object: bare })

void t.test('the labels of the namespace choose the profile', (test) => {
  test.equal(denies(labelled({})), true, 'without a label as configured')
  test.equal(denies(profile('baseline')), false, 'baseline asks for less')
  test.equal(denies(profile('standard')), true)
  test.match(saidOf(profile('critical')).status?.message, 'profile critical')
  test.match(saidOf({ ...profile('standard'), profile: 'critical' }).status?.message, 'profile standard')
  test.match(saidOf({ labels: unknown('not read yet') }).status?.message, 'profile standard', 'unknown: as configured')
  test.end()
})

void t.test('a label that means nothing is said, and what is configured applies', (test) => {
  const odd = saidOf(profile('gold'))
  test.match(odd.status?.message, 'profile standard')
  test.match(odd.warnings, ['namespace/shop: label holdfast.dev/profile names no profile: standard applies'])
  for (const name of ['', '__proto__', 'constructor', 'Standard', 'x'.repeat(63)]) {
    test.equal(saidOf(profile(name)).warnings?.length, 1, name)
  }
  test.equal(saidOf(version('latest')).warnings, undefined)
  test.equal(saidOf(version('v1')).warnings, undefined)
  test.match(saidOf(version('v99')).warnings, [
    'namespace/shop: label holdfast.dev/profile-version names no version: v2, the latest, applies'
  ])
  test.equal(ask(admitOf(profile('gold')), 'audit', { object: bare }).warnings, undefined, 'audit stays silent')
  test.end()
})

const later: Policy = definePolicy({
  id: 'later-policy',
  title: 'Nothing is ever right',
  since: 'v2',
  appliesTo: ['Deployment'],
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  check({ amended }) {
    const problem = amended('v2') ? 'is wrong' : 'should not be said'
    return [certain({ field: 'spec', problem, fix: 'right it' })]
  }
})

void t.test('a namespace that pins a version does not hear of a policy that came later', (test) => {
  const policies = [later]
  const said = (name: string) => saidOf({ ...version(name), policies })
  test.match(said('latest').status?.message, '[later-policy] spec: is wrong; right it')
  test.match(said('v2').status?.message, '[later-policy]')
  test.equal(said('v1').allowed, true)
  test.equal(said('v1').warnings, undefined)
  test.equal(said('v1').auditAnnotations, undefined, 'nothing of it is recorded either')
  test.match(said('v99').status?.message, '[later-policy]', 'a version that does not exist pins nothing')
  test.end()
})

const parent = (annotations: Record<string, string>): ExistingWorkload => ({
  group: 'apps',
  kind: 'Deployment',
  metadata: { name: 'web', annotations },
  replicas: 3,
  podLabels: {},
  selector: undefined,
  containers: [],
  autoscaler: null
})

void t.test('a Scale is exempt by the annotations of its parent', (test) => {
  const scale: JsonMap = { kind: 'Scale', metadata: { name: 'web' }, spec: { replicas: 1 } }
  const scaled = (annotations: Record<string, string>) => {
    const facts = factsOf({ workloads: known([parent(annotations)]) })
    const admit = admitOf({ profile: 'critical', facts })
    return ask(admit, 'enforce', {
      resource: 'apps/deployments/scale',
      object: scale,
      oldObject: { ...scale, spec: { replicas: 3 } }
    })
  }
  test.equal(scaled({}).allowed, false)
  test.equal(scaled({ 'holdfast.dev/exempt.min-replicas': 'runs alone' }).allowed, true)
  test.equal(scaled({ 'holdfast.dev/exempt.pre-stop-sleep': 'another' }).allowed, false)
  test.end()
})

void t.test('autoscalers are judged in the version that we read', (test) => {
  const scaler: JsonMap = {
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 4 }
  }
  const admit = admitOf()
  const verdictOf = (group: string, served: string, resource: string): string => {
    const request = { uid: 'u', operation: 'CREATE', resource: { group, version: served, resource }, object: scaler }
    return admit('enforce', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }).record.verdict
  }
  test.equal(verdictOf('autoscaling', 'v2', 'horizontalpodautoscalers'), 'allow')
  test.equal(verdictOf('autoscaling', 'v1', 'horizontalpodautoscalers'), 'ignored')
  test.equal(verdictOf('keda.sh', 'v1alpha1', 'scaledobjects'), 'allow')
  test.equal(verdictOf('example.com', 'v2', 'horizontalpodautoscalers'), 'ignored')
  test.throws(
    () =>
      admit('enforce', {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        request: {
          uid: 'u',
          operation: 'CREATE',
          resource: { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' },
          object: { spec: { minReplicas: '2' } }
        }
      }),
    { name: 'InvalidReview', message: 'request.object: spec.minReplicas: expected an integer' }
  )
  test.end()
})
