import t from 'tap'
import { isGiven, parseLimitRange } from '../../src/kube/limit-range.ts'
import { MalformedObject } from '../../src/kube/shape.ts'

const metadata = { name: 'usual', namespace: 'shop' }
const limitRange = (...limits: readonly object[]) => parseLimitRange({ metadata, spec: { limits } })

void t.test('it gives what the API server fills in of what is left out', (test) => {
  const [container] = limitRange({
    type: 'Container',
    max: { memory: '2Gi', cpu: 2 },
    min: { cpu: '50m', memory: '16Mi', 'ephemeral-storage': '1Mi' },
    default: { cpu: '500m' },
    defaultRequest: { memory: '64Mi' },
    maxLimitRequestRatio: { cpu: 4, 'example.com/gpu': '1' }
  }).limits
  test.strictSame(container, {
    type: 'Container',
    max: { memory: '2Gi', cpu: '2' },
    min: { cpu: '50m', memory: '16Mi', 'ephemeral-storage': '1Mi' },
    ratio: { cpu: '4' },
    limits: { memory: '2Gi', cpu: '500m' },
    requests: { cpu: '500m', memory: '64Mi', 'ephemeral-storage': '1Mi' }
  })
  test.end()
})

void t.test('pods are given nothing, and claims are left out', (test) => {
  const [pod, ...others] = limitRange(
    { type: 'Pod', max: { cpu: '4' }, default: { cpu: '1' } },
    { type: 'PersistentVolumeClaim', max: { storage: '1Ti' } },
    {}
  ).limits
  test.strictSame(pod, { type: 'Pod', max: { cpu: '4' }, min: {}, ratio: {}, limits: {}, requests: {} })
  test.strictSame(others, [])
  test.end()
})

void t.test('whether a container is given something', (test) => {
  const ranges = [limitRange({ type: 'Container', min: { cpu: '10m' }, default: { memory: '1Gi' } })]
  test.ok(isGiven('requests', 'cpu', ranges))
  test.notOk(isGiven('limits', 'cpu', ranges), 'a minimum gives no limit')
  test.ok(isGiven('requests', 'memory', ranges))
  test.ok(isGiven('limits', 'memory', ranges))
  test.notOk(isGiven('requests', 'memory', []))
  test.end()
})

void t.test('odd content', (test) => {
  test.strictSame(parseLimitRange({}), { name: '', namespace: '', limits: [] })
  const odd = limitRange({ type: 'Container', max: 'none', min: { cpu: 'some', memory: null }, default: [] })
  test.strictSame(odd.limits[0]?.requests, {})
  test.throws(() => parseLimitRange({ spec: { limits: {} } }), MalformedObject)
  test.end()
})
