import t from 'tap'
import { type Claim, parseClaim } from '../../src/kube/claim.ts'
import { mayShare, mayStopFirst, mustStopFirst } from '../../src/kube/stop-first.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { deployment, type JsonMap } from '../support/workloads.ts'

const hostname = 'kubernetes.io/hostname'
const claiming: JsonMap = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }
const onHost: JsonMap = { hostNetwork: true }
const of = (pod: JsonMap) => parseWorkload('Deployment', structuredClone(deployment({ pod })))
const claims = (mode: string): ReadonlyMap<string, Claim> =>
  new Map([['data', parseClaim({ spec: { accessModes: [mode] } })]])

function must(pod: JsonMap, mode?: string) {
  return mustStopFirst(of(pod), mode === undefined ? undefined : claims(mode))
}

void t.test('what an old pod holds and a new one needs', (test) => {
  test.strictSame(must(claiming, 'ReadWriteOncePod'), { by: 'claim', name: 'data' })
  test.equal(must(claiming, 'ReadWriteOnce'), undefined, 'two pods of one node share it')
  test.equal(must(claiming), undefined, 'a claim that is not known')
  test.strictSame(must({ ...onHost, nodeName: 'a' }), { by: 'port' })
  test.strictSame(must({ ...onHost, nodeSelector: { [hostname]: 'a' } }), { by: 'port' })
  test.equal(must(onHost), undefined, 'another node has the port')
  test.equal(must({ nodeName: 'a' }), undefined, 'a node has room for two without ports')
  test.end()
})

void t.test('pods that must stop first may, however many there are', (test) => {
  const pods = [{}, claiming, onHost, { ...onHost, nodeName: 'a' }, { ...claiming, ...onHost, nodeName: 'a' }]
  for (const pod of pods) {
    for (const known of [undefined, claims('ReadWriteOncePod'), claims('ReadWriteOnce'), claims('ReadWriteMany')]) {
      for (const count of [1, 2, 5]) {
        const may = mayStopFirst(of(pod), { count, claims: known })
        if (mustStopFirst(of(pod), known) !== undefined) test.equal(may, true, JSON.stringify(pod))
        else test.equal(may, mayShare(of(pod), { count, claims: known }))
      }
    }
  }
  test.equal(mayShare(of({ ...onHost, nodeName: 'a' }), { count: 2, claims: undefined }), false, 'v1 knows no pins')
  test.end()
})
