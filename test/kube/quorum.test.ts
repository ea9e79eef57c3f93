import t from 'tap'
import { mayBeQuorum, outsideMajority } from '../../src/kube/quorum.ts'

const set = { group: 'apps', kind: 'StatefulSet' }

void t.test('a StatefulSet of three or more, or of an unknown number, may be a quorum', (test) => {
  for (const replicas of [3, 5, undefined]) test.ok(mayBeQuorum({ ...set, replicas }), String(replicas))
  for (const replicas of [0, 1, 2]) test.notOk(mayBeQuorum({ ...set, replicas }), String(replicas))
  test.notOk(mayBeQuorum({ ...set, kind: 'Deployment', replicas: 3 }))
  test.notOk(mayBeQuorum({ ...set, group: 'apps.kruise.io', replicas: 3 }))
  test.end()
})

void t.test('more than half is a majority', (test) => {
  test.strictSame([0, 1, 2, 3, 4, 5, 7].map(outsideMajority), [0, 0, 0, 1, 1, 2, 3])
  test.end()
})
