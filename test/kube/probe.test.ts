import t from 'tap'
import type { Container, PodSpec, Probe } from '../../src/kube/pod.ts'
import { derivedProbe } from '../../src/kube/probe.ts'

const ports = [{ containerPort: 8080, name: 'http' }]
const http: Probe = { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' } }
const accepts = (port: number): Probe => ({ tcpSocket: { port }, periodSeconds: 10 })

type Case = readonly [fact: string, container: Container, probe: Probe | undefined]

const cases: readonly Case[] = [
  ['nothing is known of a container without ports and probes', {}, undefined],
  ['the only TCP port is asked whether it accepts', { ports }, accepts(8080)],
  ['of two TCP ports neither is known to be the one', { ports: [...ports, { containerPort: 9090 }] }, undefined],
  ['a UDP port is not asked', { ports: [{ containerPort: 53, protocol: 'UDP' }] }, undefined],
  [
    'a UDP port does not hide the TCP port',
    { ports: [...ports, { containerPort: 53, protocol: 'UDP' }] },
    accepts(8080)
  ],

  ['liveness is copied', { ports, livenessProbe: http }, http],
  ['startup is copied', { ports, startupProbe: http }, http],
  ['liveness comes before startup', { livenessProbe: http, startupProbe: { exec: { command: ['ready'] } } }, http],
  [
    'period and timeout are copied with it',
    { livenessProbe: { ...http, periodSeconds: 20, timeoutSeconds: 5 } },
    { ...http, periodSeconds: 20, timeoutSeconds: 5 }
  ],
  ['a command is copied', { livenessProbe: { exec: { command: ['ready'] } } }, { exec: { command: ['ready'] } }],
  ['gRPC is copied', { livenessProbe: { grpc: { port: 9 } } }, { grpc: { port: 9 } }],
  [
    'gRPC is copied with its service',
    { livenessProbe: { grpc: { port: 9, service: 'ready' } } },
    { grpc: { port: 9, service: 'ready' } }
  ],
  ['a TCP probe is copied', { livenessProbe: { tcpSocket: { port: 81 } } }, { tcpSocket: { port: 81 } }],
  [
    'headers are copied',
    { livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'Host', value: 'web' }, { name: 'Empty' }] } } },
    {
      httpGet: {
        port: 80,
        httpHeaders: [
          { name: 'Host', value: 'web' },
          { name: 'Empty', value: '' }
        ]
      }
    }
  ],
  [
    'a port by a declared name is copied',
    { ports, livenessProbe: { tcpSocket: { port: 'http' } } },
    { tcpSocket: { port: 'http' } }
  ],

  ['a port by an unknown name is not', { ports, livenessProbe: { tcpSocket: { port: 'web' } } }, accepts(8080)],
  ['an HTTP port by an unknown name is not', { ports, livenessProbe: { httpGet: { port: 'web' } } }, accepts(8080)],
  [
    'another host says nothing of this pod',
    { ports, livenessProbe: { httpGet: { port: 80, host: 'db' } } },
    accepts(8080)
  ],
  [
    'another TCP host says nothing either',
    { ports, livenessProbe: { tcpSocket: { port: 80, host: 'db' } } },
    accepts(8080)
  ],
  [
    'an empty host is this pod, and left out',
    { livenessProbe: { tcpSocket: { port: 80, host: '' } } },
    { tcpSocket: { port: 80 } }
  ],
  ['a port out of range is not copied', { ports, livenessProbe: { tcpSocket: { port: 70_000 } } }, accepts(8080)],
  ['port 0 is not copied', { ports, livenessProbe: { tcpSocket: { port: 0 } } }, accepts(8080)],
  ['a probe without port is not copied', { ports, livenessProbe: { httpGet: { path: '/' } } }, accepts(8080)],
  ['a probe without handler is not copied', { ports, livenessProbe: { periodSeconds: 5 } }, accepts(8080)],
  ['startup stands in for a liveness that cannot be copied', { livenessProbe: { exec: {} }, startupProbe: http }, http]
]

void t.test('derivedProbe', (test) => {
  for (const [fact, container, probe] of cases) test.strictSame(derivedProbe(container, {}, 10), probe, fact)
  const shared: PodSpec = { hostNetwork: true }
  test.equal(derivedProbe({ ports }, shared, 10), undefined, "on the host's network a port may be another's")
  test.strictSame(derivedProbe({ livenessProbe: http }, shared, 10), http, 'but what liveness asks holds there too')
  test.strictSame(
    derivedProbe({ ports }, { hostNetwork: false }, 5),
    { ...accepts(8080), periodSeconds: 5 },
    'as asked'
  )
  test.end()
})
