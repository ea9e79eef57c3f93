import t from 'tap'
import { amountsInPod, limitsOf } from '../../src/kube/namespace-limits.ts'
import type { PodSpec } from '../../src/kube/pod.ts'
import { countsPods, isBestEffort, isStated, parseQuota } from '../../src/kube/quota.ts'
import { MalformedObject } from '../../src/kube/shape.ts'

const metadata = { name: 'compute', namespace: 'shop' }

void t.test('what a quota wants each container to state', (test) => {
  const hard = {
    pods: '10',
    'limits.memory': '8Gi',
    cpu: '4',
    'requests.storage': '1Ti',
    'requests.nvidia.com/gpu': '1'
  }
  test.strictSame(parseQuota({ metadata, spec: { hard } }), {
    name: 'compute',
    namespace: 'shop',
    stated: ['cpu', 'limits.memory'],
    scopes: []
  })
  test.strictSame(parseQuota({}), { name: '', namespace: '', stated: [], scopes: [] })
  test.throws(() => parseQuota({ spec: { scopes: 'NotBestEffort' } }), MalformedObject)
  test.end()
})

void t.test('whether a container states it', (test) => {
  const amounts = amountsInPod({ requests: { cpu: '1' }, limits: { memory: '1Gi' } }, limitsOf([]))
  const stated = ['cpu', 'requests.cpu', 'memory', 'requests.memory', 'limits.memory']
  test.strictSame(
    [...stated, 'limits.cpu'].filter((resource) => isStated(resource, amounts)),
    stated
  )
  test.end()
})

const scoped = (...scopes: readonly string[]) => parseQuota({ metadata, spec: { scopes } })
const ofClasses = (operator: string, ...values: readonly string[]) => {
  const matchExpressions = [{ scopeName: 'PriorityClass', operator, values }]
  return parseQuota({ metadata, spec: { scopeSelector: { matchExpressions } } })
}
const named: PodSpec = { priorityClassName: 'high' }

void t.test('a quota counts the pods that its scopes select', (test) => {
  test.ok(countsPods(scoped(), {}, true))
  test.ok(countsPods(scoped('NotBestEffort'), {}, false))
  test.notOk(countsPods(scoped('NotBestEffort'), {}, true))
  test.ok(countsPods(scoped('BestEffort'), {}, true))
  test.notOk(countsPods(scoped('BestEffort'), {}, false))
  test.notOk(countsPods(scoped('Terminating'), {}, false))
  test.ok(countsPods(scoped('Terminating'), { activeDeadlineSeconds: 0 }, false))
  test.ok(countsPods(scoped('NotTerminating'), {}, false))
  test.notOk(countsPods(scoped('NotTerminating', 'NotBestEffort'), {}, true), 'all of them')
  test.notOk(countsPods(scoped('VolumeAttributesClass'), {}, false), 'a scope of claims')
  test.ok(countsPods(ofClasses('In', 'low', 'high'), named, false))
  test.notOk(countsPods(ofClasses('In', 'low'), named, false))
  test.ok(countsPods(ofClasses('NotIn', 'low'), named, false))
  test.ok(countsPods(ofClasses('Exists'), named, false))
  test.notOk(countsPods(ofClasses('DoesNotExist'), named, false))
  for (const operator of ['NotIn', 'Exists', 'DoesNotExist'])
    test.notOk(countsPods(ofClasses(operator, 'low'), {}, false), 'a default class may be there')
  test.end()
})

void t.test('pods that look for pods of other namespaces', (test) => {
  const across = scoped('CrossNamespacePodAffinity')
  const term = { topologyKey: 'kubernetes.io/hostname' }
  const required = (more: object): PodSpec => ({
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...term, ...more }] } }
  })
  test.notOk(countsPods(across, {}, false))
  test.notOk(countsPods(across, required({}), false))
  test.ok(countsPods(across, required({ namespaces: ['bank'] }), false))
  test.ok(countsPods(across, required({ namespaceSelector: {} }), false))
  const preferred = [{ weight: 1, podAffinityTerm: { ...term, namespaces: ['bank'] } }]
  test.ok(
    countsPods(
      across,
      { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } },
      false
    )
  )
  test.end()
})

const reserving = (...all: readonly object[]) => {
  return !isBestEffort(all.map((resources) => amountsInPod(resources, limitsOf([]))))
}

void t.test('pods without any CPU or memory are best effort', (test) => {
  test.notOk(reserving({}, {}))
  test.notOk(reserving({ requests: { cpu: '0', 'ephemeral-storage': '1Gi' } }))
  test.ok(reserving({}, { requests: { cpu: '1m' } }))
  test.ok(reserving({ limits: { memory: '1Gi' } }))
  test.end()
})
