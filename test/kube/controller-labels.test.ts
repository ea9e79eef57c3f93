import t from 'tap'
import { getsLabel, namesApplication } from '../../src/kube/controller-labels.ts'

const web = { group: 'apps', kind: 'Deployment', name: 'web' }
const store = { group: 'apps', kind: 'StatefulSet', name: 'store' }
const fleet = { group: 'example.com', kind: 'Fleet', name: 'web' }
const podName = 'statefulset.kubernetes.io/pod-name'

void t.test('what controllers write, by the kind of the workload', (test) => {
  test.equal(getsLabel(web, 'pod-template-hash', ['5d8']), 'sure')
  test.equal(getsLabel(web, podName), 'never')
  test.equal(getsLabel(web, 'controller-revision-hash'), 'never')
  test.equal(getsLabel(store, 'apps.kubernetes.io/pod-index', ['0']), 'sure')
  test.equal(getsLabel(store, 'pod-template-hash'), 'never')
  test.equal(getsLabel({ ...web, kind: 'DaemonSet' }, 'controller-revision-hash', ['5d8']), 'sure')
  test.equal(getsLabel(fleet, podName, ['web-0']), 'perhaps')
  test.end()
})

void t.test('by the name of a StatefulSet', (test) => {
  test.equal(getsLabel(store, podName, ['cache-0', 'store-0']), 'sure')
  test.equal(getsLabel(store, podName), 'sure')
  test.equal(getsLabel(store, podName, ['cache-0']), 'never')
  test.equal(getsLabel(store, 'controller-revision-hash', ['store-5d8']), 'sure')
  test.equal(getsLabel(store, 'controller-revision-hash', ['cache-5d8']), 'never')
  test.end()
})

void t.test('what pods get from their node, and what operators write', (test) => {
  for (const workload of [web, store, fleet]) {
    test.equal(getsLabel(workload, 'topology.kubernetes.io/zone', ['a']), 'sure')
    test.equal(getsLabel(workload, 'role', ['primary']), 'perhaps')
  }
  test.end()
})

void t.test('what names an application', (test) => {
  for (const key of [
    'app',
    'application',
    'k8s-app',
    'app.kubernetes.io/name',
    'app.kubernetes.io/instance',
    'release'
  ])
    test.ok(namesApplication(key), key)
  for (const key of ['role', 'apps', 'app.example.com/role', 'apps.kubernetes.io/pod-index'])
    test.notOk(namesApplication(key), key)
  test.end()
})
