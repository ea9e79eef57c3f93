import t from 'tap'
import { known } from '../../src/inventory/fact.ts'
import { admitOf, ask, deployment, type JsonMap, web } from '../support/workloads.ts'

const bare = deployment({ containers: [web] })
const annotated = (annotations: Record<string, string>): JsonMap => ({
  ...bare,
  metadata: { ...(bare['metadata'] as object), annotations }
})
const injecting = admitOf({ labels: known({ 'holdfast.dev/mode': 'warn', 'holdfast.dev/inject': 'enabled' }) })

void t.test('an annotation that is mistyped is said, where warnings are', (test) => {
  const object = annotated({ 'holdfast.dev/exempt-untill': '2027-01-31' })
  const remark =
    'deployment/web: annotation holdfast.dev/exempt-untill means nothing, so it has no effect; did you mean holdfast.dev/exempt-until?'
  for (const mode of ['warn', 'enforce'] as const) test.has(ask(injecting, mode, { object }).warnings, [remark], mode)
  test.equal(ask(injecting, 'audit', { object }).warnings, undefined, 'audit stays silent')
  test.end()
})

void t.test('what evidently opts out is not repaired', (test) => {
  test.ok(ask(injecting, 'mutate', { object: bare }).patch, 'without it there are repairs')
  for (const value of ['disabled', 'false', 'Off'])
    test.equal(
      ask(injecting, 'mutate', { object: annotated({ 'holdfast.dev/inject': value }) }).patch,
      undefined,
      value
    )
  test.ok(ask(injecting, 'mutate', { object: annotated({ 'holdfast.dev/inject': 'true' }) }).patch)
  test.end()
})

function label(labels: Record<string, string>, request: object = {}) {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }
  return ask(admitOf(), 'labels', { object, resource: 'namespaces', ...request })
}

void t.test('a label of a namespace that is mistyped is said, and never denied', (test) => {
  const remark =
    'namespace/shop: label holdfast.dev/mode names no mode, so Holdfast does nothing here; did you mean enforce?'
  for (const operation of ['CREATE', 'UPDATE']) {
    const { allowed, warnings } = label({ 'holdfast.dev/mode': 'enforced' }, { operation })
    test.strictSame({ allowed, warnings }, { allowed: true, warnings: [remark] })
  }
  test.strictSame(label({ 'holdfast.dev/mode': 'enforce' }).warnings, undefined)
  test.strictSame(label({ 'holdfast.dev/mode': 'enforced' }, { operation: 'DELETE' }).warnings, undefined)
  test.equal(ask(admitOf(), 'labels', { object: bare }).warnings, undefined, 'nothing else is looked at')
  test.end()
})
