import t from 'tap'
import { MalformedObject } from '../../src/kube/shape.ts'
import {
  keepsChanging,
  parseVerticalAutoscaler,
  setsRequest,
  verticalTargetKey
} from '../../src/kube/vertical-autoscaler.ts'

const metadata = { name: 'web', namespace: 'shop' }
const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const vertical = (spec: object) => parseVerticalAutoscaler({ metadata, spec: { targetRef, ...spec } })
const withPolicies = (...containerPolicies: readonly object[]) => vertical({ resourcePolicy: { containerPolicies } })

void t.test('one that says nothing more sets CPU and memory of every container, also of running pods', (test) => {
  const plain = vertical({})
  test.strictSame(plain, {
    name: 'web',
    target: 'shop/Deployment/web',
    mode: 'Recreate',
    containers: []
  })
  test.ok(setsRequest(plain, 'web', 'cpu'))
  test.ok(keepsChanging(plain, 'proxy', 'memory'))
  test.notOk(setsRequest(plain, 'web', 'ephemeral-storage'))
  test.equal(verticalTargetKey({ namespace: 'shop', kind: 'Deployment', name: 'web' }), plain.target)
  test.end()
})

const byMode = (updateMode: string) => {
  const one = vertical({ updatePolicy: { updateMode } })
  return [setsRequest(one, 'web', 'cpu'), keepsChanging(one, 'web', 'cpu')]
}

void t.test('the mode says when', (test) => {
  test.strictSame(byMode('Off'), [false, false])
  test.strictSame(byMode('Initial'), [true, false])
  for (const mode of ['', 'Recreate', 'InPlaceOrRecreate', 'Auto']) test.strictSame(byMode(mode), [true, true], mode)
  test.end()
})

void t.test('a container has its own policy, or that of the others', (test) => {
  const one = withPolicies(
    { containerName: '*', controlledResources: ['memory'] },
    { containerName: 'proxy', mode: 'Off' },
    { containerName: 'web' }
  )
  const set = (name: string) => ['cpu', 'memory'].filter((resource) => setsRequest(one, name, resource))
  test.strictSame(set('web'), ['cpu', 'memory'])
  test.strictSame(set('proxy'), [])
  test.strictSame(set('other'), ['memory'])
  test.strictSame(
    ['cpu', 'memory'].filter((resource) =>
      setsRequest(withPolicies({ containerName: 'proxy', mode: 'Off' }), 'web', resource)
    ),
    ['cpu', 'memory']
  )
  test.end()
})

void t.test('of many policies the first of a name counts', (test) => {
  const many = Array.from({ length: 20 }, (_, index) => ({ containerName: `c${index}`, mode: 'Off' }))
  const one = withPolicies(...many, { containerName: 'c3' }, { containerName: '*', controlledResources: ['memory'] })
  test.notOk(setsRequest(one, 'c3', 'cpu'))
  test.notOk(setsRequest(one, 'c19', 'memory'))
  test.strictSame([setsRequest(one, 'web', 'cpu'), setsRequest(one, 'web', 'memory')], [false, true])
  test.end()
})

void t.test('only resources that it recommends are read of a policy', (test) => {
  const controlledResources = ['memory', 'nvidia.com/gpu', 'memory']
  const [policy] = withPolicies({ containerName: 'web', controlledResources }).containers
  test.strictSame(policy?.resources, ['memory'])
  test.end()
})

void t.test('odd content', (test) => {
  test.strictSame(parseVerticalAutoscaler({}).target, '//')
  test.throws(() => parseVerticalAutoscaler({ spec: { targetRef: 'web' } }), MalformedObject)
  test.end()
})
