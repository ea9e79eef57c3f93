import t from 'tap'
import { longestText } from '../../src/engine/finding.ts'
import { factsOf, oneDeployment, servicesTo } from '../support/facts.ts'
import { budgetWith } from '../support/policy-cases.ts'
import { admitOf, ask, deployment, type JsonMap, mutated, sound, web } from '../support/workloads.ts'

const admit = admitOf({ facts: factsOf({ services: servicesTo(8080, 9090) }) })
const bare = deployment()
const graceful = deployment({ pod: { terminationGracePeriodSeconds: 60 } })
const whole =
  'deployment/web: holdfast added readinessProbe, preStop, terminationGracePeriodSeconds: 35, 2 spread constraints'

function told(object: unknown, { oldObject, request }: { oldObject?: unknown; request?: JsonMap } = {}) {
  const given = { ...(oldObject !== undefined && { oldObject }), ...(request !== undefined && { request }) }
  return ask(admit, 'mutate', { object, ...given }).warnings
}

void t.test('one warning says what was added to a workload', (test) => {
  test.strictSame(told(graceful), ['deployment/web: holdfast added readinessProbe, preStop, 2 spread constraints'])
  test.strictSame(told(bare), [whole])
  test.strictSame(told(bare, { request: { dryRun: true } }), [whole], 'also what a dry run would add')
  const two = deployment({ containers: [web, { ...web, name: 'api', ports: [{ containerPort: 9090 }] }] })
  test.match(told(two)?.[0], 'preStop in 2 containers')
  test.strictSame(told(deployment({ containers: [sound], pod: { topologySpreadConstraints: [{}] } })), undefined)
  test.end()
})

void t.test('it is said once, not with every request that keeps it', (test) => {
  const live = mutated(admit, { object: bare })
  test.strictSame(told(live, { oldObject: live }), undefined, 'an object that stays as it is')
  test.strictSame(told(bare, { oldObject: live }), undefined, 'a manifest without the values, which get put back')
  const released = deployment({ containers: [{ ...web, image: 'web:2' }] })
  test.strictSame(told(released, { oldObject: live }), undefined, 'a release without them')
  test.end()
})

void t.test('what follows a change of the object is said as well', (test) => {
  const live = mutated(admit, { object: bare })
  const moved = deployment({ containers: [{ ...web, ports: [{ containerPort: 9090, protocol: 'TCP' }] }] })
  test.strictSame(told(moved, { oldObject: live }), ['deployment/web: holdfast updated readinessProbe'])
  const joined = deployment({ containers: [web, { ...web, name: 'api', ports: [{ containerPort: 9090 }] }] })
  test.strictSame(told(joined, { oldObject: live }), ['deployment/web: holdfast added readinessProbe, preStop'])
  test.end()
})

void t.test('a budget', (test) => {
  const selecting = admitOf({ facts: factsOf({ workloads: oneDeployment }) })
  const warnings = ask(selecting, 'mutate', {
    object: budgetWith({ maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } }),
    resource: 'policy/poddisruptionbudgets'
  }).warnings
  test.match(warnings, [/^poddisruptionbudget\/[^:]+: holdfast added unhealthyPodEvictionPolicy: AlwaysAllow$/])
  test.end()
})

void t.test('a controller is told nothing: it gets no repairs', (test) => {
  const owner = { apiVersion: 'example.com/v1', kind: 'App', name: 'a', uid: '1', controller: true }
  const owned = deployment({ metadata: { ownerReferences: [owner] } })
  const username = 'system:serviceaccount:operators:app-operator'
  test.strictSame(told(owned, { request: { userInfo: { username } } }), undefined)
  test.end()
})

void t.test('it can be switched off, and what a repair costs is still said', (test) => {
  const quiet = admitOf({ warnsOfRepairs: false })
  test.strictSame(ask(quiet, 'mutate', { object: bare }).warnings, undefined)
  const short = deployment({ pod: { terminationGracePeriodSeconds: 10 } })
  test.match(ask(quiet, 'mutate', { object: short }).warnings, [/leaves 5 s to stop/])
  test.end()
})

void t.test('only a long name is cut', (test) => {
  const name = 'n'.repeat(253)
  const [warning = ''] = told({ ...graceful, metadata: { name, namespace: 'shop' } }) ?? []
  test.equal(warning.length, longestText)
  test.match(warning, /^deployment\/n+…n+: holdfast added readinessProbe, preStop, 2 spread constraints$/)
  test.end()
})
