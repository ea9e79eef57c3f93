import t from 'tap'
import { attachesOnce, type Claim, keepsTogether, parseClaim, sharedClaims } from '../../src/kube/claim.ts'
import { MalformedObject } from '../../src/kube/shape.ts'
import { parseWorkload, type Workload } from '../../src/kube/workload.ts'

const withModes = (...accessModes: string[]): Claim => parseClaim({ spec: { accessModes } })
const once = withModes('ReadWriteOnce')
const many = withModes('ReadWriteMany')
const volume = (claimName: string) => ({ name: claimName, persistentVolumeClaim: { claimName } })

void t.test('a claim is read with the modes of its volume, once it has one', (test) => {
  const spec = { accessModes: ['ReadWriteOnce'], volumeName: 'disk', storageClassName: '' }
  const metadata = { name: 'data', namespace: 'shop' }
  const status = { phase: 'Bound', accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] }
  test.strictSame(parseClaim({ metadata, spec, status }), {
    name: 'data',
    namespace: 'shop',
    accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
    phase: 'Bound',
    volumeName: 'disk',
    storageClassName: ''
  })
  test.strictSame(parseClaim({ metadata, spec: { accessModes: ['ReadWriteOnce'] }, status: { phase: 'Pending' } }), {
    name: 'data',
    namespace: 'shop',
    accessModes: ['ReadWriteOnce'],
    phase: 'Pending',
    volumeName: '',
    storageClassName: undefined
  })
  test.throws(() => parseClaim({ spec: { accessModes: 'ReadWriteOnce' } }), MalformedObject)
  test.end()
})

void t.test('a volume attaches to one node at a time unless a mode says otherwise', (test) => {
  test.ok(attachesOnce(once))
  test.ok(attachesOnce(withModes('ReadWriteOncePod')))
  test.notOk(attachesOnce(many))
  test.notOk(attachesOnce(withModes('ReadOnlyMany')))
  test.notOk(attachesOnce(withModes('ReadWriteOnce', 'ReadWriteMany')))
  test.notOk(attachesOnce(withModes()), 'without a mode nothing is known')
  test.end()
})

const podsWith = (...volumes: readonly object[]): Workload => {
  return parseWorkload('Deployment', { spec: { template: { spec: { volumes } } } })
}

void t.test('pods share the claims of their template, and not what each gets of its own', (test) => {
  const own = { name: 'own', ephemeral: { volumeClaimTemplate: {} } }
  const volumes = [volume('a'), own, { name: 'tmp', emptyDir: {} }, volume('b')]
  test.strictSame(sharedClaims(podsWith(...volumes)), ['a', 'b'])
  test.strictSame(sharedClaims(podsWith()), [])
  const spec = { template: { spec: { volumes } }, volumeClaimTemplates: [{ metadata: { name: 'a' } }, {}] }
  test.strictSame(sharedClaims(parseWorkload('StatefulSet', { spec })), ['b'], 'a claim template replaces a volume')
  test.end()
})

void t.test('a claim that attaches once keeps the pods together, whatever is not known beside it', (test) => {
  const claims = new Map([
    ['once', once],
    ['many', many]
  ])
  const keeps = (names: readonly string[], known: typeof claims | undefined = claims) =>
    keepsTogether(podsWith(...names.map(volume)), known)
  test.equal(keeps([]), false)
  test.equal(keepsTogether(podsWith(), undefined), false, 'without a claim nothing has to be known')
  test.equal(keeps(['once']), true)
  test.equal(keeps(['many']), false)
  test.equal(keeps(['many', 'missing', 'once']), true)
  test.equal(keeps(['many', 'missing']), undefined)
  test.equal(keepsTogether(podsWith(volume('once')), undefined), undefined)
  test.end()
})
