import t from 'tap'
import type { Container, PodSpec, Probe } from '../../src/kube/pod.ts'
import { acceptingProbe, copiedProbe, keptProbe, stalePort } from '../../src/kube/probe.ts'
import type { TrafficContainer } from '../../src/kube/traffic-containers.ts'
import { parseWorkload, type WorkloadKind } from '../../src/kube/workload.ts'

const ports = [{ containerPort: 8080, name: 'http' }]
const http: Probe = { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' } }
const accepts = (port: number): Probe => ({ tcpSocket: { port }, periodSeconds: 10 })

/** As of a liveness probe with the default threshold. */
const early = (probe: Probe): Probe => ({ ...probe, failureThreshold: 2 })

type Case = readonly [fact: string, container: Container, probe: Probe | undefined]

const cases: readonly Case[] = [
  ['nothing can be copied of a container that has neither', { ports }, undefined],
  ['liveness is copied', { ports, livenessProbe: http }, early(http)],
  ['startup is copied', { ports, startupProbe: http }, http],
  [
    'liveness comes before startup',
    { livenessProbe: http, startupProbe: { exec: { command: ['ready'] } } },
    early(http)
  ],
  [
    'period and timeout are copied with it',
    { livenessProbe: { ...http, periodSeconds: 20, timeoutSeconds: 5 } },
    early({ ...http, periodSeconds: 20, timeoutSeconds: 5 })
  ],
  ['a command is copied', { livenessProbe: { exec: { command: ['ready'] } } }, early({ exec: { command: ['ready'] } })],
  ['gRPC is copied', { livenessProbe: { grpc: { port: 9 } } }, early({ grpc: { port: 9 } })],
  [
    'gRPC is copied with its service',
    { livenessProbe: { grpc: { port: 9, service: 'ready' } } },
    early({ grpc: { port: 9, service: 'ready' } })
  ],
  ['a TCP probe is copied', { livenessProbe: { tcpSocket: { port: 81 } } }, early({ tcpSocket: { port: 81 } })],
  [
    'headers are copied',
    { livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'Host', value: 'web' }, { name: 'Empty' }] } } },
    early({
      httpGet: {
        port: 80,
        httpHeaders: [
          { name: 'Host', value: 'web' },
          { name: 'Empty', value: '' }
        ]
      }
    })
  ],
  [
    'a port by a declared name is copied',
    { ports, livenessProbe: { tcpSocket: { port: 'http' } } },
    early({ tcpSocket: { port: 'http' } })
  ],

  ['a port by an unknown name is not', { ports, livenessProbe: { tcpSocket: { port: 'web' } } }, undefined],
  ['an HTTP port by an unknown name is not', { ports, livenessProbe: { httpGet: { port: 'web' } } }, undefined],
  ['another host says nothing of this pod', { ports, livenessProbe: { httpGet: { port: 80, host: 'db' } } }, undefined],
  [
    'another TCP host says nothing either',
    { ports, livenessProbe: { tcpSocket: { port: 80, host: 'db' } } },
    undefined
  ],
  [
    'an empty host is this pod, and left out',
    { livenessProbe: { tcpSocket: { port: 80, host: '' } } },
    early({ tcpSocket: { port: 80 } })
  ],
  ['a port out of range is not copied', { ports, livenessProbe: { tcpSocket: { port: 70_000 } } }, undefined],
  ['port 0 is not copied', { ports, livenessProbe: { tcpSocket: { port: 0 } } }, undefined],
  ['a probe without port is not copied', { ports, livenessProbe: { httpGet: { path: '/' } } }, undefined],
  ['a probe without handler is not copied', { ports, livenessProbe: { periodSeconds: 5 } }, undefined],
  ['startup stands in for a liveness that cannot be copied', { livenessProbe: { exec: {} }, startupProbe: http }, http]
]

void t.test('copiedProbe', (test) => {
  for (const [fact, container, probe] of cases) test.strictSame(copiedProbe(container), probe, fact)
  test.end()
})

void t.test('readiness gives up before liveness kills', (test) => {
  const threshold = (failureThreshold: number): number | undefined =>
    copiedProbe({ livenessProbe: { ...http, failureThreshold } })?.failureThreshold
  test.equal(threshold(3), 2)
  test.equal(threshold(2), 1)
  test.equal(threshold(1), 1, 'there is nothing earlier')
  test.equal(threshold(0), 2, 'the API server takes it for none')
  test.equal(threshold(4), undefined, 'the default is 3')
  test.equal(copiedProbe({ startupProbe: { ...http, failureThreshold: 60 } })?.failureThreshold, undefined)
  test.end()
})

const metrics = { containerPort: 9090 }
const dns = { containerPort: 53, protocol: 'UDP' }
const lists: readonly Case[] = [
  ['a container without ports is not asked', {}, undefined],
  ['a container with an empty list of ports is not asked', { ports: [] }, undefined],
  ['the only TCP port is asked', { ports }, accepts(8080)],
  ['of two TCP ports neither is known to be the one', { ports: [...ports, metrics] }, undefined],
  ['a UDP port is not asked', { ports: [dns] }, undefined],
  ['a UDP port does not hide the TCP port', { ports: [...ports, dns] }, accepts(8080)]
]

function workload(kind: WorkloadKind, spec: PodSpec = {}): ReturnType<typeof parseWorkload> {
  return parseWorkload(kind, { spec: { template: { spec } } })
}

/** Services lead to these ports of it; or nobody knows. */
function served(container: Container, targetPorts?: readonly number[]): TrafficContainer {
  return { container, at: 'containers[name=web]', sure: true, targetPorts }
}

void t.test('acceptingProbe', (test) => {
  for (const [fact, container, probe] of lists) {
    test.strictSame(acceptingProbe(workload('Deployment'), served(container), 10), probe, fact)
    test.strictSame(acceptingProbe(workload('Deployment'), served(container, []), 10), probe, `${fact}, by no Service`)
  }
  const asked = { ...accepts(8080), periodSeconds: 5 }
  for (const kind of ['Deployment', 'DaemonSet', 'ReplicaSet'] as const) {
    test.strictSame(
      acceptingProbe(workload(kind, { hostNetwork: false }), served({ ports }), 5),
      asked,
      `${kind}: as asked`
    )
    const onHost = acceptingProbe(workload(kind, { hostNetwork: true }), served({ ports }, [8080]), 5)
    test.equal(onHost, undefined, `${kind}: on the host's network a port may be another's`)
  }
  test.equal(
    acceptingProbe(workload('StatefulSet'), served({ ports }, [8080]), 5),
    undefined,
    'members may wait for each other'
  )
  const asks = (...given: Parameters<typeof served>) => acceptingProbe(workload('Deployment'), served(...given), 10)
  const two = { ports: [...ports, metrics] }
  test.strictSame(asks(two, [9090]), accepts(9090), 'of two ports the one that a Service leads to')
  test.strictSame(asks({}, [80]), accepts(80), 'one that a Service leads to and nobody declares')
  test.strictSame(asks({ ports }, [8080, 80]), accepts(8080), 'of two that Services lead to the only declared one')
  test.equal(asks(two, [8080, 9090]), undefined, 'of two and two neither is known to be the one')
  test.end()
})

void t.test('keptProbe', (test) => {
  const both = { ports: [...ports, metrics] }
  const kept: readonly (readonly [fact: string, injected: unknown, container: Container, probe: Probe | undefined])[] =
    [
      ['a port that is still there', accepts(8080), both, accepts(8080)],
      ['whichever of the ports it is', accepts(9090), both, accepts(9090)],
      [
        'its own period',
        { tcpSocket: { port: 9090 }, periodSeconds: 7 },
        both,
        { tcpSocket: { port: 9090 }, periodSeconds: 7 }
      ],
      ['no period where it has none', { tcpSocket: { port: 9090 } }, both, { tcpSocket: { port: 9090 } }],
      [
        'nothing else that the record says',
        { ...accepts(9090), tcpSocket: { port: 9090, host: 'db' }, exec: {} },
        both,
        accepts(9090)
      ],
      ['no port that is gone', accepts(80), both, undefined],
      ['no port that has become UDP', accepts(53), { ports: [dns] }, undefined],
      ['no port by a name', { tcpSocket: { port: 'http' } }, both, undefined],
      ['no probe of another kind, which was copied', http, both, undefined],
      ['nothing where nothing was injected', undefined, both, undefined],
      ['nothing that is no probe', 'tcpSocket', both, undefined],
      ['nothing that is nearly a probe', { tcpSocket: { port: 8080 }, periodSeconds: '5' }, both, undefined]
    ]
  for (const [fact, injected, container, probe] of kept) {
    test.strictSame(keptProbe(injected, served(container)), probe, fact)
    test.strictSame(keptProbe(injected, served(container, [])), probe, `${fact}, by no Service`)
  }
  test.strictSame(keptProbe(accepts(80), served({}, [80, 81])), accepts(80), 'one of those that Services lead to')
  test.equal(keptProbe(accepts(80), served({}, [])), undefined, 'none that no Service leads to any more')
  test.strictSame(keptProbe(accepts(80), served({})), accepts(80), 'one that a Service may lead to still')
  test.end()
})

void t.test('stalePort', (test) => {
  const standing = (...given: Parameters<typeof served>) => {
    const [container, targetPorts] = given
    return stalePort(accepts(80), served({ ...container, readinessProbe: accepts(80) }, targetPorts))
  }
  test.equal(standing({ ports }), 80, 'another port is declared')
  test.equal(standing({ ports }, []), 80)
  test.equal(standing({ ports: [{ containerPort: 80 }] }, []), undefined, 'it is declared')
  test.equal(standing({}, [80]), undefined, 'a Service leads to it')
  test.equal(standing({}, [81]), 80)
  test.equal(standing({}), undefined, 'a Service may lead to it')
  test.equal(standing({ ports, livenessProbe: http }), undefined, 'renewed, it would be a copy')
  test.equal(stalePort(undefined, served({ readinessProbe: accepts(80) }, [])), undefined, 'nobody injected it')
  test.equal(stalePort(accepts(80), served({ readinessProbe: accepts(81) }, [])), undefined, 'somebody changed it')
  test.end()
})
