import t from 'tap'
import { parseLimitRange } from '../../src/kube/limit-range.ts'
import { amountsInPod, breachOf, breachOfPod, limitsOf } from '../../src/kube/namespace-limits.ts'

const rangeOf = (name: string, ...limits: readonly object[]) =>
  parseLimitRange({ metadata: { name }, spec: { limits } })
const container = (limit: object) => ({ type: 'Container', ...limit })
const none = limitsOf([])

void t.test('the amounts of a container in a pod', (test) => {
  const usual = limitsOf([
    rangeOf('usual', container({ default: { cpu: '1', memory: '1Gi' }, defaultRequest: { cpu: '100m' } }))
  ])
  const written = { requests: { memory: '128Mi' }, limits: { cpu: '2' } }
  const { requests, limits } = amountsInPod(written, usual)
  test.strictSame(
    Object.fromEntries(requests),
    { cpu: 2, memory: 134_217_728 },
    'a limit is the request, before any default'
  )
  test.strictSame(Object.fromEntries(limits), { cpu: 2, memory: 1_073_741_824 })
  test.equal(amountsInPod({}, none).requests.size, 0)
  test.equal(amountsInPod('odd', none).limits.size, 0)
  test.ok(Number.isNaN(amountsInPod({ requests: { cpu: 'much' } }, none).requests.get('cpu')))
  const two = limitsOf([
    rangeOf('one', container({ default: { cpu: '1', memory: '1Gi' } })),
    rangeOf('two', container({ default: { cpu: '2', memory: '1024Mi' } }))
  ])
  const { limits: either } = amountsInPod({}, two)
  test.ok(Number.isNaN(either.get('cpu')), 'which of two defaults goes first is not known')
  test.equal(either.get('memory'), 1_073_741_824, 'the same')
  test.end()
})

const broken = (limit: object, resources: object) => {
  const limits = limitsOf([rangeOf('bounds', container(limit))])
  const found = breachOf(amountsInPod(resources, limits), limits)
  return found === undefined ? 'nothing' : `${found.breaks} ${found.resource} ${found.in} ${found.bound}`.trimEnd()
}

void t.test('what a container breaks', (test) => {
  const max = { max: { memory: '16Gi' } }
  test.equal(broken(max, { limits: { memory: '32Gi' } }), 'max memory limits 16Gi')
  test.equal(broken(max, { limits: { memory: '16384Mi' } }), 'nothing', 'the maximum itself')
  test.equal(broken(max, {}), 'nothing', 'the maximum is the default')
  test.equal(broken(max, { requests: { memory: '17Gi' } }), 'max memory requests 16Gi')
  const min = { min: { cpu: '50m' } }
  test.equal(broken(min, { requests: { cpu: '10m' }, limits: { cpu: '1' } }), 'min cpu requests 50m')
  test.equal(broken(min, { limits: { cpu: '10m' } }), 'min cpu limits 50m')
  test.equal(broken(min, {}), 'nothing', 'the minimum is the default request')
  const ratio = { maxLimitRequestRatio: { cpu: '4' } }
  test.equal(broken(ratio, { requests: { cpu: '100m' }, limits: { cpu: '500m' } }), 'ratio cpu limits 4')
  test.equal(broken(ratio, { requests: { cpu: '0.1' }, limits: { cpu: '400m' } }), 'nothing')
  test.equal(broken(ratio, { limits: { cpu: '1' } }), 'nothing', 'the request is the limit')
  test.equal(broken(ratio, { requests: { cpu: '1' } }), 'presence cpu limits 4')
  const given = { default: { memory: '1Gi' } }
  test.equal(broken(given, { requests: { memory: '2Gi' } }), 'default memory limits 1Gi')
  test.equal(broken(given, { requests: { memory: '2Gi' }, limits: { memory: '3Gi' } }), 'nothing')
  test.equal(broken(given, { requests: { memory: '1Gi' } }), 'nothing')
  test.equal(broken(max, { limits: { memory: 'much' } }), 'nothing', 'what cannot be read is not judged')
  test.end()
})

void t.test('of several LimitRanges the strictest counts, and is named', (test) => {
  const limits = limitsOf([
    rangeOf('wide', container({ max: { cpu: '8' }, min: { cpu: '10m' } })),
    rangeOf('narrow', container({ max: { cpu: '2' }, min: { cpu: '100m' } }))
  ])
  test.match(breachOf(amountsInPod({ limits: { cpu: '4' } }, limits), limits), { range: 'narrow', bound: '2' })
  test.match(breachOf(amountsInPod({ limits: { cpu: '50m' } }, limits), limits), { range: 'narrow', bound: '100m' })
  test.equal(breachOf(amountsInPod({ requests: { cpu: '1' }, limits: { cpu: '2' } }, limits), limits), undefined)
  test.end()
})

void t.test('what all containers of a pod break together', (test) => {
  const limits = limitsOf([rangeOf('pods', { type: 'Pod', max: { cpu: '300m' }, min: { cpu: '1' } })])
  const amounts = (...all: readonly string[]) => all.map((cpu) => amountsInPod({ limits: { cpu } }, limits))
  const [fits, over] = [amounts('100m', '200m'), amounts('200m', '200m')]
  test.equal(breachOfPod(fits, fits, limits), undefined)
  test.match(breachOfPod(over, over, limits), {
    range: 'pods',
    resource: 'cpu',
    in: 'limits',
    breaks: 'max',
    bound: '300m'
  })
  const bare = [amountsInPod({}, limits)]
  test.match(breachOfPod(bare, bare, limits), { breaks: 'presence' })
  test.equal(breachOfPod(bare, [...bare, ...amounts('100m')], limits), undefined, 'an init container has a limit')
  const requesting = [amountsInPod({ requests: { cpu: '1' } }, limits), ...amounts('100m')]
  test.match(breachOfPod(requesting, requesting, limits), { in: 'requests', breaks: 'max' })
  test.end()
})
