import t from 'tap'
import { faultOfTarget } from '../../src/kube/scale-target.ts'

const cases: readonly (readonly [group: string, kind: string, fault: string | undefined])[] = [
  ['apps', 'Deployment', undefined],
  ['apps', 'StatefulSet', undefined],
  ['apps', 'ReplicaSet', undefined],
  ['', 'ReplicationController', undefined],
  ['argoproj.io', 'Rollout', undefined],
  ['example.org', 'DaemonSet', undefined],
  ['apps', 'DaemonSet', 'kind'],
  ['batch', 'Job', 'kind'],
  ['batch', 'CronJob', 'kind'],
  ['', 'Pod', 'kind'],
  ['', 'Deployment', 'apiVersion'],
  ['extensions', 'Deployment', 'apiVersion'],
  ['', '', undefined]
]

void t.test('faultOfTarget', (test) => {
  for (const [group, kind, fault] of cases)
    test.equal(faultOfTarget({ group, kind, name: 'web' }), fault, `${group} ${kind}`)
  test.end()
})
