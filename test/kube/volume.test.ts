import t from 'tap'
import { MalformedObject } from '../../src/kube/shape.ts'
import { parseVolume } from '../../src/kube/volume.ts'

const among = (key: string, ...values: readonly string[]) => ({ key, operator: 'In', values })
const usableOn = (...terms: readonly object[]) => {
  return parseVolume({ spec: { local: { path: '/mnt/a' }, nodeAffinity: { required: { nodeSelectorTerms: terms } } } })
}

void t.test('a volume is on one node if each term of its affinity names that node', (test) => {
  const hostname = (...values: readonly string[]) => ({
    matchExpressions: [among('kubernetes.io/hostname', ...values)]
  })
  test.ok(usableOn(hostname('a')).isOnOneNode)
  test.ok(usableOn({ matchFields: [among('metadata.name', 'a')] }).isOnOneNode)
  test.ok(usableOn(hostname('a'), hostname('a')).isOnOneNode)
  test.notOk(usableOn(hostname('a', 'b')).isOnOneNode)
  test.notOk(usableOn(hostname('a'), hostname('b')).isOnOneNode)
  test.notOk(usableOn({ matchExpressions: [among('topology.kubernetes.io/zone', 'a')] }).isOnOneNode)
  test.notOk(usableOn().isOnOneNode)
  test.notOk(parseVolume({ spec: { csi: {} } }).isOnOneNode)
  test.notOk(parseVolume({}).isOnOneNode)
  test.end()
})

void t.test('a file system of the network is told by its source', (test) => {
  test.ok(parseVolume({ spec: { nfs: { server: 'files.example', path: '/' } } }).isNetworkFileSystem)
  test.ok(parseVolume({ spec: { azureFile: {} } }).isNetworkFileSystem)
  test.notOk(parseVolume({ spec: { nfs: null, csi: {} } }).isNetworkFileSystem)
  test.notOk(parseVolume({ spec: { iscsi: {} } }).isNetworkFileSystem)
  test.end()
})

void t.test('what is no volume is refused, with the field', (test) => {
  test.throws(() => parseVolume({ spec: { nodeAffinity: { required: { nodeSelectorTerms: 'a' } } } }), MalformedObject)
  test.end()
})
