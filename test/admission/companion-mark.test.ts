import t from 'tap'
import { admitOf, ask, type JsonMap } from '../support/workloads.ts'

const keeper = 'system:serviceaccount:holdfast-system:holdfast-controller'
const admit = admitOf({ operators: { trusted: new Set([keeper]) } })
const resource = 'policy/poddisruptionbudgets'
const labels = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u-web', controller: true }
const spec = {
  maxUnavailable: 1,
  unhealthyPodEvictionPolicy: 'AlwaysAllow',
  selector: { matchLabels: { app: 'web' } }
}
const marked: JsonMap = { metadata: { name: 'holdfast-deployment-web', labels, ownerReferences: [owner] }, spec }
const plain: JsonMap = { metadata: { name: 'holdfast-deployment-web' }, spec }
const by = (username: string) => ({ userInfo: { username } })
const meaning = 'holdfast.dev/companion marks the budgets that Holdfast writes and removes; remove this label'

void t.test('nobody but the controller marks a budget as a companion', (test) => {
  const denied = ask(admit, 'enforce', { object: marked, resource })
  test.equal(denied.allowed, false, 'such as one that was copied from a cluster, owner and all')
  test.match(denied.status?.message, `[one-budget-per-pod] metadata.labels: ${meaning}`)
  test.equal(ask(admit, 'enforce', { object: marked, oldObject: plain, resource }).allowed, false, 'nor later')
  const tenant = 'system:serviceaccount:shop:ci'
  test.equal(ask(admit, 'enforce', { object: marked, resource, request: by(tenant) }).allowed, false)
  const warned = ask(admit, 'warn', { object: marked, resource })
  test.equal(warned.allowed, true)
  test.match(warned.warnings?.join('\n'), meaning)
  test.end()
})

void t.test('the controller is not judged for it', (test) => {
  const said = ask(admit, 'enforce', { object: marked, resource, request: by(keeper) })
  test.strictSame(Object.keys(said).sort(), ['allowed', 'uid'], 'nothing is said or recorded')
  const unmarked = { ...plain, spec: { ...spec, maxUnavailable: 0 } }
  const other = ask(admit, 'enforce', { object: unmarked, resource, request: by(keeper) })
  test.match(other.auditAnnotations, { controller: 'trusted' }, 'unlike what is no companion')
  test.end()
})

void t.test('nobody is locked out of a companion that is there', (test) => {
  const level = { ...marked, spec: { ...spec, maxUnavailable: 2 } }
  test.equal(ask(admit, 'enforce', { object: level, oldObject: marked, resource }).allowed, true, 'an edit')
  const taken = ask(admit, 'enforce', { object: plain, oldObject: marked, resource })
  test.equal(taken.allowed, true, 'taking it over')
  test.notMatch(taken.warnings?.join('\n') ?? '', 'holdfast.dev/companion')
  const request = { operation: 'DELETE' }
  test.equal(ask(admit, 'enforce', { object: null, oldObject: marked, resource, request }).allowed, true, 'removal')
  const one = { metadata: { name: 'web', labels: { 'holdfast.dev/companion': 'true' } }, spec }
  test.equal(ask(admit, 'enforce', { object: one, resource }).allowed, true, 'one of the two labels marks nothing')
  test.end()
})
