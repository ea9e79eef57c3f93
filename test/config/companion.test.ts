import t from 'tap'
import { loaderIn } from './load.ts'

const { load, problemsOf } = loaderIn(t.testdir({}))
const takes =
  'Deployment.v1.apps, StatefulSet.v1.apps, or a custom kind with replicas, such as Rollout.v1alpha1.argoproj.io'

void t.test('kinds are those that are listed, each once', (test) => {
  const file = 'companion: { kinds: [Rollout.v1alpha1.argoproj.io, Deployment.v1.apps, Rollout.v1beta1.argoproj.io] }'
  test.strictSame(load({ file }).companion.kinds, [
    { group: 'argoproj.io', version: 'v1beta1', kind: 'Rollout', resource: 'rollouts' },
    { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' }
  ])
  const environment = { HOLDFAST_COMPANION_KINDS: 'StatefulSet.v1.apps', HOLDFAST_COMPANION_ENABLED: 'false' }
  test.match(load({ environment }).companion, { enabled: false, kinds: [{ kind: 'StatefulSet' }] })
  test.strictSame(load({ file: 'companion: { kinds: [] }' }).companion.kinds, [])
  test.end()
})

const refused = ['DaemonSet.v1.apps', 'ReplicaSet.v1.apps', 'Deployment.v1beta1.apps', 'Job.v1.batch', 'Rollout', '']

for (const kind of refused) {
  void t.test(`a budget cannot be kept for ${JSON.stringify(kind)}`, (test) => {
    const file = JSON.stringify({ companion: { kinds: ['Deployment.v1.apps', kind] } })
    const text = `holdfast.yaml: companion.kinds[1]: ${JSON.stringify(kind)} is not ${takes}`
    test.strictSame(problemsOf({ file }), [text])
    test.end()
  })
}

const isNoBound = 'is not a whole number from 1, or a percentage from 1% to 100%'
const bounds: Readonly<Record<string, number | string>> = {
  '1': 1,
  '20': 20,
  '2147483647': 2_147_483_647,
  '"3"': 3,
  '10%': '10%',
  '"100%"': '100%'
}

for (const [written, maxUnavailable] of Object.entries(bounds)) {
  void t.test(`${written} is taken as what companions allow`, (test) => {
    test.match(load({ file: `companion: { maxUnavailable: ${written} }` }).companion, { maxUnavailable })
    test.end()
  })
}

const blocking: Readonly<Record<string, string>> = {
  '0': '0',
  '"0"': '"0"',
  '0%': '"0%"',
  '101%': '"101%"',
  '-1': '-1',
  '1.5': '1.5',
  '2147483648': '2147483648',
  '"2147483648"': '"2147483648"',
  '25 %': '"25 %"',
  all: '"all"',
  '""': '""',
  true: 'true',
  '[1]': 'a list'
}

for (const [written, shown] of Object.entries(blocking)) {
  void t.test(`companions may not allow ${written}`, (test) => {
    const problem = `holdfast.yaml: companion.maxUnavailable: ${shown} ${isNoBound}`
    test.strictSame(problemsOf({ file: `companion: { maxUnavailable: ${written} }` }), [problem])
    test.end()
  })
}

const inEnvironment = (value: string) => ({ environment: { HOLDFAST_COMPANION_MAX_UNAVAILABLE: value } })

void t.test('what companions allow, by the environment', (test) => {
  test.match(load(inEnvironment('5')).companion, { maxUnavailable: 5 })
  test.match(load(inEnvironment('25%')).companion, { maxUnavailable: '25%' })
  const problem = `HOLDFAST_COMPANION_MAX_UNAVAILABLE: "0%" ${isNoBound}`
  test.strictSame(problemsOf(inEnvironment('0%')), [problem])
  test.strictSame(problemsOf({ file: 'companion: { maxUnavailable: }' }), [
    `holdfast.yaml: companion.maxUnavailable: is empty; expected ${isNoBound.replace('is not ', '')}`
  ])
  test.end()
})

void t.test('a lease has a name that Kubernetes takes', (test) => {
  for (const name of ['', 'Holdfast', 'a/b', '../x', 'a..b', 'a'.repeat(254), '-a']) {
    const file = JSON.stringify({ controller: { leaseName: name } })
    test.equal(problemsOf({ file }).length, 1, name.slice(0, 10))
  }
  test.strictSame(problemsOf({ file: 'controller: { leaseNamespace: ../kube-system }' }), [
    'holdfast.yaml: controller.leaseNamespace: "../kube-system" is not a Kubernetes object name'
  ])
  test.strictSame(load({ file: 'controller: { leaseName: holdfast.blue }' }).controller.leaseName, 'holdfast.blue')
  test.end()
})

void t.test('what is not a number in bounds is refused', (test) => {
  const file = 'companion: { resyncMinutes: 0, writesPerSecond: 1.5, writesBurst: many, pace: 3 }'
  test.strictSame(problemsOf({ file }), [
    'holdfast.yaml: companion.resyncMinutes: 0 is not a whole number from 1 to 1440',
    'holdfast.yaml: companion.writesPerSecond: 1.5 is not a whole number from 1 to 1000',
    'holdfast.yaml: companion.writesBurst: "many" is not a whole number from 1 to 10000',
    'holdfast.yaml: companion.pace: no such key; expected one of enabled, kinds, maxUnavailable, giveWaySeconds, resyncMinutes, writesPerSecond, writesBurst'
  ])
  test.end()
})
