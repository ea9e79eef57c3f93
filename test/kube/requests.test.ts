import t from 'tap'
import { requesting, type Unmeasurable, unmeasurable } from '../../src/kube/requests.ts'
import { parseWorkload } from '../../src/kube/workload.ts'

const cpu = { resource: 'cpu', container: undefined }
const web = { name: 'web', requests: ['cpu', 'memory'] }
const proxy = { name: 'proxy', requests: ['memory'] }

function podSpecOf(spec: unknown): ReturnType<typeof parseWorkload>['podSpec'] {
  return parseWorkload('Pod', { spec }).podSpec
}

void t.test('requesting', (test) => {
  const containers = [{ name: 'web', resources: { requests: { cpu: '1', memory: 1 } } }]
  test.strictSame(requesting(podSpecOf({ containers })), [web])
  test.strictSame(
    requesting(podSpecOf({ containers: [{ name: 'web', resources: { limits: { memory: '1Gi', cpu: '1' } } }] })),
    [web],
    'a limit counts'
  )
  test.strictSame(
    requesting(podSpecOf({ containers: [{ name: 'web', resources: { requests: { cpu: null } } }] })),
    [{ name: 'web', requests: ['cpu'] }],
    'null is none of it, and stated'
  )
  test.strictSame(requesting(podSpecOf({ containers: [{ name: 'web' }] })), [{ name: 'web', requests: [] }])
  test.strictSame(requesting(podSpecOf({})), [])
  const initContainers = [
    { name: 'migrate' },
    { name: 'proxy', restartPolicy: 'Always', resources: { requests: { memory: '1' } } }
  ]
  test.strictSame(requesting(podSpecOf({ containers, initContainers })), [web, proxy], 'a native sidecar runs beside')
  test.strictSame(
    requesting(podSpecOf({ containers, resources: { requests: { cpu: '2' } } })),
    [{ name: '', requests: ['cpu'] }, web],
    'the pod has requests of its own'
  )
  test.end()
})

function lacking(container: string): Unmeasurable {
  return { resource: 'cpu', container, missing: 'request' }
}

void t.test('unmeasurable', (test) => {
  test.strictSame(unmeasurable([web, proxy], [cpu]), [lacking('proxy')], 'one that lacks it is enough')
  test.strictSame(unmeasurable([web], [cpu]), [])
  test.strictSame(unmeasurable([], [cpu]), [])
  test.strictSame(unmeasurable([web, proxy], []), [])
  const of = (container: string) => [{ ...cpu, container }]
  test.strictSame(unmeasurable([web, proxy], of('web')), [], 'only the named one counts')
  test.strictSame(unmeasurable([web, proxy], of('proxy')), [lacking('proxy')])
  test.strictSame(unmeasurable([web, proxy], of('api')), [{ ...lacking('api'), missing: 'container' }])
  const pod = { name: '', requests: ['memory'] }
  test.strictSame(unmeasurable([pod, web, proxy], [cpu]), [], 'of a pod with requests any container will do')
  test.strictSame(unmeasurable([pod, proxy], [cpu]), [lacking('')])
  test.strictSame(unmeasurable([pod, proxy], of('proxy')), [lacking('proxy')], 'but not for a named one')
  test.strictSame(unmeasurable([proxy], [cpu, ...of('proxy')]), [lacking('proxy')], 'each thing once')
  test.end()
})

void t.test('what is no amount is nothing, and never refused: the API server has the last word', (test) => {
  for (const odd of [[], [{ requests: { cpu: '1' } }], 'cpu', 7, true, null, { requests: 'cpu', limits: [] }]) {
    const spec = podSpecOf({ containers: [{ name: 'web', resources: odd }] })
    test.strictSame(requesting(spec), [{ name: 'web', requests: [] }], JSON.stringify(odd))
  }
  const proto: unknown = JSON.parse('{"requests": {"__proto__": "1", "cpu": 1}}')
  test.strictSame(requesting(podSpecOf({ containers: [{ name: 'web', resources: proto }] })), [
    { name: 'web', requests: ['__proto__', 'cpu'] }
  ])
  test.end()
})
