import t from 'tap'
import { groupOf, workloadKey, workloadRef } from '../../src/kube/workload-key.ts'

void t.test('a key leads back to its workload', (test) => {
  const web = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
  test.equal(workloadKey(web), 'apps/Deployment/shop/web')
  test.strictSame(workloadRef(workloadKey(web)), web)
  const core = { group: '', kind: 'ReplicationController', namespace: 'shop', name: 'web' }
  test.strictSame(workloadRef(workloadKey(core)), core)
  test.end()
})

void t.test('the group of an apiVersion', (test) => {
  test.equal(groupOf('apps/v1'), 'apps')
  test.equal(groupOf('v1'), '')
  test.equal(groupOf('argoproj.io/v1alpha1'), 'argoproj.io')
  test.end()
})
