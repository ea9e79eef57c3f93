import t from 'tap'
import { mayBeQuorum, outsideMajority, parseVoters } from '../../src/kube/quorum.ts'

const set = { group: 'apps', kind: 'StatefulSet' }

void t.test('a StatefulSet of three or more, or of an unknown number, may be a quorum', (test) => {
  for (const replicas of [3, 5, undefined]) test.ok(mayBeQuorum({ ...set, replicas }), String(replicas))
  for (const replicas of [0, 1, 2]) test.notOk(mayBeQuorum({ ...set, replicas }), String(replicas))
  test.notOk(mayBeQuorum({ ...set, kind: 'Deployment', replicas: 3 }))
  test.notOk(mayBeQuorum({ ...set, group: 'apps.kruise.io', replicas: 3 }))
  test.ok(mayBeQuorum({ ...set, kind: 'Deployment', replicas: 2 }, 'all'), 'what a person says counts')
  test.ok(mayBeQuorum({ ...set, replicas: 1 }, 3))
  test.notOk(mayBeQuorum({ ...set, replicas: 3 }, 'none'))
  test.end()
})

void t.test('more than half is a majority', (test) => {
  test.strictSame([0, 1, 2, 3, 4, 5, 7].map(outsideMajority), [0, 0, 0, 1, 1, 2, 3])
  test.end()
})

void t.test('voters are all pods, none, or a number', (test) => {
  test.strictSame(['true', 'false', '3', '12'].map(parseVoters), ['all', 'none', 3, 12])
  for (const text of ['', 'True', 'yes', '0', '03', '-3', '3.0', ' 3', '123456'])
    test.equal(parseVoters(text), undefined, text)
  test.end()
})
