import t from 'tap'
import { unknown } from '../../src/inventory/fact.ts'
import {
  acceptingProbe,
  copiedProbe,
  keptProbe,
  readinessProbe,
  stalePort
} from '../../src/policies/readiness-probe.ts'
import type { Container, PodSpec, Probe } from '../../src/kube/pod.ts'
import type { TrafficContainer } from '../../src/kube/traffic-containers.ts'
import { parseWorkload, type WorkloadKind } from '../../src/kube/workload.ts'
import { servicesTo } from '../support/facts.ts'
import { checkPolicy, deploymentWith, recording, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const http = { containerPort: 8080, name: 'http', protocol: 'TCP' }
const metrics = { containerPort: 9090, name: 'metrics' }
const dns = { containerPort: 53, protocol: 'UDP' }
const accepting = { tcpSocket: { port: 8080 }, periodSeconds: 5 }
const web = (fields: JsonMap = {}): JsonMap => ({ name: 'web', ports: [http], ...fields })
const pod = (fields: JsonMap = {}, ...others: JsonMap[]): JsonMap => ({ containers: [web(fields), ...others] })
const alone = (fields: JsonMap = {}): JsonMap => deploymentWith(pod(fields))
const onHost = (fields: JsonMap = {}): JsonMap => deploymentWith({ ...pod(fields), hostNetwork: true })

const bare = (metadata: JsonMap = {}): JsonMap => deploymentWith({ containers: [{ name: 'web' }] }, {}, metadata)
const unseen = { services: unknown('no cluster cache') }
const at = 'containers[name=web].readinessProbe'
const place = `spec.template.spec.${at}`
const lacking = `[readiness-probe] ${place}: serves port 8080 without a readiness probe; add one`
const lackingDns = `[readiness-probe] ${place}: serves traffic without a readiness probe; add one`
const doubted = `[readiness-probe] ${place}: has no readiness probe for port 8080 (unless intended); add one if clients call it`
const doubtful = { adds: [], leaves: [doubted] }
const side = { name: 'api', ports: [{ containerPort: 7070 }] }
const lackingSide = lacking.replace('web', 'api').replace('8080', '7070')
const withDapr = (enabled: string): JsonMap => {
  const template = { metadata: { labels: { app: 'web' }, annotations: { 'dapr.io/enabled': enabled } }, spec: pod() }
  return deploymentWith({}, { template })
}
const adds = [{ at, value: accepting }]
const copies = (value: JsonMap): { at: string; value: JsonMap }[] => [{ at, value }]
/** Of a liveness probe with the default threshold. */
const copiesLiveness = (value: JsonMap): { at: string; value: JsonMap }[] => copies({ ...value, failureThreshold: 2 })
const nothing = { adds: [], leaves: [lacking] }
const before = (value: JsonMap): JsonMap => recording({ policy: 'readiness-probe', at, value })
const byHand = {
  ...before(accepting),
  managedFields: [
    { operation: 'Apply', fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:holdfast.dev/injected': {} } } } }
  ]
}
const set = (fields: JsonMap = {}, metadata: JsonMap = {}): JsonMap =>
  workloadWith('StatefulSet', pod(fields), { replicas: 3 }, metadata)
const health = { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' } }

const from = (...command: string[]): JsonMap => ({
  env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
  readinessProbe: { exec: { command } }
})
const nameless = (name: string): string =>
  `[readiness-probe] ${place}.httpGet.port: the container has no port named ${name}, so it is never ready; name a port that it declares`

checkPolicy(readinessProbe, {
  accepts: {
    'a probe on a port by its name': { object: alone({ readinessProbe: { httpGet: { port: 'http' } } }) },
    'a probe on a number that no port has': { object: alone({ readinessProbe: { tcpSocket: { port: 7 } } }) },
    'a command that a shell expands': { object: alone(from('sh', '-c', 'check $POD_IP')) },
    'a probe that can never pass, in a namespace that pins v1': {
      object: alone({ readinessProbe: { httpGet: { port: 'web' } } }),
      version: 'v1'
    },
    'a container that has one': { object: alone({ readinessProbe: health }) },
    'a container that declares no port: it serves nothing': {
      object: deploymentWith({ containers: [{ name: 'web' }] })
    },
    'a container with an empty list of ports': { object: alone({ ports: [] }) },
    'a container that declares no port, beside others of which a Service leads to one': {
      object: deploymentWith({ containers: [{ name: 'log' }, web({ readinessProbe: health })] }),
      facts: { services: servicesTo(8080, 9999) }
    },
    'an init container with a port, which is over before traffic comes': {
      object: deploymentWith({
        ...pod({ readinessProbe: health }),
        initContainers: [{ name: 'migrate', ports: [http] }]
      })
    },
    'a native sidecar, which its own maker probes': {
      object: deploymentWith({
        ...pod({ readinessProbe: health }),
        initContainers: [{ name: 'proxy', restartPolicy: 'Always', ports: [metrics] }]
      })
    },
    'a Job, which no Service sends traffic to': { object: workloadWith('Job', pod()) },
    'a CronJob': { object: workloadWith('CronJob', pod()) },
    'a bare Pod': { object: workloadWith('Pod', pod()) },
    'nothing in baseline, where the policy is off': { object: alone(), profile: 'baseline' }
  },
  rejects: {
    'a probe on a port that nobody named': {
      object: alone({ readinessProbe: { httpGet: { path: '/ready', port: 'web' } } }),
      says: [nameless('web')]
    },
    'a probe on the port of another container': {
      object: deploymentWith(
        pod(
          { readinessProbe: { httpGet: { port: 'admin' } } },
          { ...side, ports: [{ name: 'admin', containerPort: 1 }], readinessProbe: health }
        )
      ),
      says: [nameless('admin')]
    },
    'such a probe of a native sidecar: the pod waits for it, too': {
      object: deploymentWith({
        ...pod({ readinessProbe: health }),
        initContainers: [{ name: 'web', restartPolicy: 'Always', readinessProbe: { httpGet: { port: 'web' } } }]
      }),
      says: [nameless('web').replace('containers', 'initContainers')]
    },
    'a command with a value that probes do not see': {
      object: alone(from('check', '$(POD_IP)')),
      says: [
        `[readiness-probe] ${place}.exec.command: $(POD_IP) is empty here: a probe sees no valueFrom; use $POD_IP in a shell`
      ]
    },
    'a command that needs a shell and has none': {
      object: alone(from('check', '--host=${POD_IP}')),
      severity: 'unknown',
      says: [
        `[readiness-probe] ${place}.exec.command: nothing expands \${POD_IP}: the command runs without a shell (unless intended); run it by sh -c`
      ]
    },
    'a container that serves a port without one': { object: alone(), says: [lacking] },
    'a container that has a liveness probe alone': { object: alone({ livenessProbe: health }), says: [lacking] },
    'a container that has a startup probe alone': { object: alone({ startupProbe: health }), says: [lacking] },
    'a null probe, which is none': { object: alone({ readinessProbe: null }), says: [lacking] },
    'a container that serves UDP': { object: alone({ ports: [dns] }), says: [lackingDns] },
    'every container that serves, and no other': {
      object: deploymentWith(pod({}, { name: 'worker' }, side)),
      says: [lacking, lackingSide]
    },
    'a container without a name, by its number': {
      object: deploymentWith({ containers: [{ ports: [http] }] }),
      says: [lacking.replace('name=web', '0')]
    },
    'a StatefulSet': { object: workloadWith('StatefulSet', pod()), says: [lacking] },
    'a DaemonSet': { object: workloadWith('DaemonSet', pod()), says: [lacking] },
    'a ReplicaSet that stands alone': { object: workloadWith('ReplicaSet', pod()), says: [lacking] },
    'a container that declares no port, and that a Service leads to': {
      object: bare(),
      facts: { services: servicesTo(8080) },
      says: [lacking]
    },
    'no declared port, where the Services are unknown': {
      object: bare(),
      facts: unseen,
      severity: 'unknown',
      told: 'never',
      says: [
        `[readiness-probe] ${place}: a Service may send it traffic, but it has no readiness probe (services unknown); add one`
      ]
    },
    'a Deployment in critical': { object: alone(), profile: 'critical', says: [lacking] },
    'a port for metrics that no Service leads to': {
      object: alone({ ports: [metrics] }),
      severity: 'unknown',
      says: [doubted.replace('8080', '9090')]
    },
    'a port for metrics that no Service leads to, in critical': {
      object: alone({ ports: [metrics] }),
      profile: 'critical',
      severity: 'unknown',
      says: [doubted.replace('8080', '9090')]
    },
    'a port for metrics that a Service leads to': {
      object: alone({ ports: [metrics] }),
      facts: { services: servicesTo('metrics') },
      says: [lacking.replace('8080', '9090')]
    },
    'a port for metrics beside another': { object: alone({ ports: [http, metrics] }), says: [lacking] },
    'a port for metrics, where the Services are unknown': {
      object: alone({ ports: [metrics] }),
      facts: unseen,
      severity: 'unknown',
      told: 'never',
      says: [
        `[readiness-probe] ${place}: a Service may send it traffic, but it has no readiness probe (services unknown); add one`
      ]
    },
    'a command that serves nothing, though it declares a port': {
      object: alone({ command: ['tail', '-f', '/dev/null'] }),
      severity: 'unknown',
      says: [doubted]
    },
    'statistics by UDP that no Service leads to': {
      object: alone({ ports: [{ containerPort: 8125, protocol: 'UDP', name: 'stats' }] }),
      severity: 'unknown',
      says: [doubted.replace(' for port 8080', '')]
    }
  },
  remedies: {
    'not as liveness has it, where that never gets its variable': {
      object: alone({ livenessProbe: { exec: { command: ['check', '$HOST'] } } }),
      adds
    },
    'as liveness has it all the same, in a namespace that pins v1': {
      object: alone({ livenessProbe: { exec: { command: ['check', '$HOST'] } } }),
      version: 'v1',
      adds: copiesLiveness({ exec: { command: ['check', '$HOST'] } })
    },
    'the only TCP port is asked whether it accepts': { object: alone(), adds },
    'a port without a protocol is TCP': { object: alone({ ports: [{ containerPort: 8080 }] }), adds },
    'a UDP port beside it does not matter': { object: alone({ ports: [dns, http] }), adds },
    'the period is a parameter': {
      object: alone(),
      parameters: { periodSeconds: 30 },
      adds: copies({ ...accepting, periodSeconds: 30 })
    },
    'each container by the port that a Service leads to': {
      object: deploymentWith(pod({}, { name: 'admin', ports: [metrics] })),
      facts: { services: servicesTo(8080, 9090) },
      adds: [
        ...adds,
        { at: 'containers[name=admin].readinessProbe', value: { tcpSocket: { port: 9090 }, periodSeconds: 5 } }
      ]
    },
    'of two containers the one that a Service leads to': {
      object: deploymentWith(pod({}, side)),
      facts: { services: servicesTo(8080) },
      adds,
      leaves: [lackingSide]
    },
    'none of two containers that no Service leads to': {
      object: deploymentWith(pod({}, side)),
      adds: [],
      leaves: [lacking, lackingSide]
    },
    'none of two containers where the Services are unknown': {
      object: deploymentWith(pod({}, side)),
      facts: unseen,
      adds: [],
      leaves: [lacking, lackingSide]
    },
    'the port of the one container beside a native sidecar': {
      object: deploymentWith({
        ...pod(),
        initContainers: [{ name: 'proxy', restartPolicy: 'Always', ports: [metrics] }]
      }),
      adds
    },
    'a lone port where the Services are unknown': { object: alone(), facts: unseen, adds },
    'nothing where the Services lead to another port: one that is not declared by number': {
      object: alone(),
      facts: { services: servicesTo(9999) },
      ...nothing
    },
    'nothing where a Service leads to a command that serves nothing': {
      object: deploymentWith({ containers: [{ name: 'web', command: ['/bin/sleep', 'infinity'] }] }),
      facts: { services: servicesTo(8080) },
      ...doubtful
    },
    'nothing where the command serves nothing': {
      object: alone({ command: ['sh', '-c', 'date > /data/x; sleep infinity'] }),
      ...doubtful
    },
    'nothing of what was injected there before': {
      object: deploymentWith(pod({ command: ['sleep', 'infinity'] }), {}, before(accepting)),
      ...doubtful
    },
    'the port of a command that sleeps before it serves': {
      object: alone({ command: ['sh', '-c', 'sleep 5; exec ./server'] }),
      adds
    },
    'nothing of the liveness probe, where the only port is for metrics': {
      object: alone({ ports: [metrics], livenessProbe: health }),
      adds: [],
      leaves: [doubted.replace('8080', '9090')]
    },
    'what was injected there before stays': {
      object: deploymentWith(pod({ ports: [metrics] }), {}, before({ ...accepting, tcpSocket: { port: 9090 } })),
      adds: copies({ ...accepting, tcpSocket: { port: 9090 } })
    },
    'nothing for a lone port that is named for metrics': {
      object: alone({ ports: [{ ...http, name: 'http-metrics' }] }),
      ...doubtful
    },
    'the port of that name that a Service leads to': {
      object: alone({ ports: [{ ...http, name: 'http-metrics' }] }),
      facts: { services: servicesTo(8080) },
      adds
    },
    'nothing for the lone port of an exporter': {
      object: alone({ image: 'example.com/queue-exporter:1' }),
      ...doubtful
    },
    'nothing for the lone port of a base image without a command': {
      object: alone({ image: 'busybox:1.37' }),
      ...nothing
    },
    'the lone port of a base image with a command': {
      object: alone({ image: 'alpine', command: ['httpd', '-f'] }),
      adds
    },
    'the lone port of an image that is built on one': { object: alone({ image: 'registry.example/web:alpine' }), adds },
    'nothing for the lone port of an image for tests': {
      object: alone({ image: 'registry.example/e2e-web:1' }),
      ...nothing
    },
    'nothing for a replica that may serve only once it leads': {
      object: alone({ args: ['--leader-elect=true'] }),
      ...nothing
    },
    'nothing for a port on an address that only the pod reaches': {
      object: alone({ args: ['--listen', '127.0.0.1:8080'] }),
      ...nothing
    },
    'nothing for an application that a Dapr sidecar calls on 127.0.0.1': {
      object: withDapr('true'),
      ...nothing
    },
    'the lone port where Dapr is switched off': { object: withDapr('false'), adds },
    'nothing for two TCP ports: which one serves cannot be told': {
      object: alone({ ports: [http, metrics] }),
      ...nothing
    },
    'of two TCP ports the one that a Service leads to': {
      object: alone({ ports: [metrics, http] }),
      facts: { services: servicesTo(8080) },
      adds
    },
    'nothing where Services lead to both': {
      object: alone({ ports: [http, metrics] }),
      facts: { services: servicesTo(8080, 9090) },
      ...nothing
    },
    'the port that a Service leads to and nobody declares': {
      object: bare(),
      facts: { services: servicesTo(8080) },
      adds
    },
    'nothing for a container that only may serve': {
      object: bare(),
      facts: unseen,
      adds: [],
      leaves: [
        `[readiness-probe] ${place}: a Service may send it traffic, but it has no readiness probe (services unknown); add one`
      ]
    },
    'nothing for UDP, which has no connection to open': {
      object: alone({ ports: [dns] }),
      adds: [],
      leaves: [lackingDns]
    },
    'the port of a DaemonSet': { object: workloadWith('DaemonSet', pod()), adds },
    'the port of a ReplicaSet that stands alone': { object: workloadWith('ReplicaSet', pod()), adds },
    'nothing by the port of a StatefulSet, whose members may wait for each other': { object: set(), ...nothing },
    'what the liveness probe asks, of a StatefulSet too': {
      object: set({ livenessProbe: health }),
      adds: copiesLiveness(health)
    },
    'an injected probe follows the port': {
      object: deploymentWith(pod(), {}, before({ ...accepting, tcpSocket: { port: 80 } })),
      adds
    },
    'an injected probe stays where a second port has come': {
      object: deploymentWith(pod({ ports: [metrics, http] }), {}, before({ ...accepting, periodSeconds: 7 })),
      adds: copies({ ...accepting, periodSeconds: 7 })
    },
    'an injected probe stays in a StatefulSet': { object: set({}, before(accepting)), adds },
    'an injected probe stays on the host’s network': {
      object: deploymentWith({ ...pod(), hostNetwork: true }, {}, before(accepting)),
      adds
    },
    'an injected probe goes with its port': {
      object: deploymentWith(pod({ ports: [http, metrics] }), {}, before({ ...accepting, tcpSocket: { port: 80 } })),
      ...nothing
    },
    'an injected probe goes with the liveness probe that it was copied from': {
      object: deploymentWith(pod({ ports: [http, metrics] }), {}, before(health)),
      ...nothing
    },
    'nothing by the record of a manifest that a person applies': {
      object: deploymentWith(pod({ ports: [http, metrics] }), {}, byHand),
      ...nothing
    },
    'nothing by a record that is no probe': {
      object: deploymentWith(pod({ ports: [http, metrics] }), {}, before({ tcpSocket: 8080 })),
      ...nothing
    },
    'nothing on the host’s network, where another process may hold the port': { object: onHost(), ...nothing },
    'what the liveness probe asks, with its times, and not how many failures kill': {
      object: alone({
        livenessProbe: { ...health, initialDelaySeconds: 40, periodSeconds: 20, timeoutSeconds: 3, failureThreshold: 9 }
      }),
      adds: copies({ ...health, periodSeconds: 20, timeoutSeconds: 3 })
    },
    'on the host’s network too: its author chose that port': {
      object: onHost({ livenessProbe: health }),
      adds: copiesLiveness(health)
    },
    'of two ports the one that the liveness probe asks': {
      object: alone({ ports: [http, metrics], livenessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 10 } }),
      adds: copiesLiveness({ tcpSocket: { port: 'http' }, periodSeconds: 10 })
    },
    'a liveness probe by gRPC': {
      object: alone({ livenessProbe: { grpc: { port: 8080, service: 'live' } } }),
      adds: copiesLiveness({ grpc: { port: 8080, service: 'live' } })
    },
    'a liveness probe by command': {
      object: alone({ ports: [dns], livenessProbe: { exec: { command: ['dig', '@127.0.0.1'] }, timeoutSeconds: 2 } }),
      adds: copiesLiveness({ exec: { command: ['dig', '@127.0.0.1'] }, timeoutSeconds: 2 })
    },
    'headers go with it': {
      object: alone({ livenessProbe: { httpGet: { port: 8080, httpHeaders: [{ name: 'Host', value: 'web' }] } } }),
      adds: copiesLiveness({ httpGet: { port: 8080, httpHeaders: [{ name: 'Host', value: 'web' }] } })
    },
    'without the kill time of a liveness probe, which a readiness probe may not have': {
      object: alone({ livenessProbe: { ...health, terminationGracePeriodSeconds: 10 } }),
      adds: copiesLiveness(health)
    },
    'the startup probe, where there is no liveness probe': {
      object: alone({ startupProbe: { ...health, failureThreshold: 60 } }),
      adds: copies(health)
    },
    'the startup probe, where the liveness probe asks another host': {
      object: alone({ livenessProbe: { tcpSocket: { port: 1, host: '10.0.0.1' } }, startupProbe: health }),
      adds: copies(health)
    },
    'never another host: the port instead': {
      object: alone({ livenessProbe: { httpGet: { path: '/', port: 80, host: '127.0.0.1' } } }),
      adds
    },
    'nothing by another host where two ports are left to choose from': {
      object: alone({ ports: [http, metrics], livenessProbe: { httpGet: { port: 80, host: '127.0.0.1' } } }),
      ...nothing
    },
    'an empty host is none': {
      object: alone({ livenessProbe: { tcpSocket: { port: 8081, host: '' } } }),
      adds: copiesLiveness({ tcpSocket: { port: 8081 } })
    },
    'a port name that the container does not declare is never looked up: the port instead': {
      object: alone({ livenessProbe: { httpGet: { path: '/', port: 'health' } } }),
      adds
    },
    'a port name of another container is no name either': {
      object: deploymentWith({
        containers: [
          web({ ports: [http, metrics], livenessProbe: { tcpSocket: { port: 'admin' } } }),
          { name: 'admin', ports: [{ containerPort: 9091, name: 'admin' }], readinessProbe: health }
        ]
      }),
      ...nothing
    }
  }
})

const ports = [{ containerPort: 8080, name: 'http' }]
const httpProbe: Probe = { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' } }
const accepts = (port: number): Probe => ({ tcpSocket: { port }, periodSeconds: 10 })

/** As of a liveness probe with the default threshold. */
const early = (probe: Probe): Probe => ({ ...probe, failureThreshold: 2 })

type Case = readonly [fact: string, container: Container, probe: Probe | undefined]

const cases: readonly Case[] = [
  ['nothing can be copied of a container that has neither', { ports }, undefined],
  ['liveness is copied', { ports, livenessProbe: httpProbe }, early(httpProbe)],
  ['startup is copied', { ports, startupProbe: httpProbe }, httpProbe],
  [
    'liveness comes before startup',
    { livenessProbe: httpProbe, startupProbe: { exec: { command: ['ready'] } } },
    early(httpProbe)
  ],
  [
    'period and timeout are copied with it',
    { livenessProbe: { ...httpProbe, periodSeconds: 20, timeoutSeconds: 5 } },
    early({ ...httpProbe, periodSeconds: 20, timeoutSeconds: 5 })
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
  [
    'startup stands in for a liveness that cannot be copied',
    { livenessProbe: { exec: {} }, startupProbe: httpProbe },
    httpProbe
  ]
]

void t.test('copiedProbe', (test) => {
  for (const [fact, container, probe] of cases) test.strictSame(copiedProbe(container), probe, fact)
  test.end()
})

void t.test('readiness gives up before liveness kills', (test) => {
  const threshold = (failureThreshold: number): number | undefined =>
    copiedProbe({ livenessProbe: { ...httpProbe, failureThreshold } })?.failureThreshold
  test.equal(threshold(3), 2)
  test.equal(threshold(2), 1)
  test.equal(threshold(1), 1, 'there is nothing earlier')
  test.equal(threshold(0), 2, 'the API server takes it for none')
  test.equal(threshold(4), undefined, 'the default is 3')
  test.equal(copiedProbe({ startupProbe: { ...httpProbe, failureThreshold: 60 } })?.failureThreshold, undefined)
  test.end()
})

const metricsPort = { containerPort: 9090 }
const dnsPort = { containerPort: 53, protocol: 'UDP' }
const lists: readonly Case[] = [
  ['a container without ports is not asked', {}, undefined],
  ['a container with an empty list of ports is not asked', { ports: [] }, undefined],
  ['the only TCP port is asked', { ports }, accepts(8080)],
  ['of two TCP ports neither is known to be the one', { ports: [...ports, metricsPort] }, undefined],
  ['a UDP port is not asked', { ports: [dnsPort] }, undefined],
  ['a UDP port does not hide the TCP port', { ports: [...ports, dnsPort] }, accepts(8080)]
]

function workload(kind: WorkloadKind, spec: PodSpec = {}): ReturnType<typeof parseWorkload> {
  return parseWorkload(kind, { spec: { template: { spec } } })
}

/** Services lead to these ports of it; or nobody knows. */
function served(container: Container, targetPorts?: readonly number[]): TrafficContainer {
  return { container, at: 'containers[name=web]', doubt: undefined, targetPorts }
}

/** Asks for a probe of the container in a Deployment of its own, every ten seconds. */
function asksFor(container: Container, targetPorts?: readonly number[]): Probe | undefined {
  const isSelected = targetPorts !== undefined && targetPorts.length > 0
  const subject = workload('Deployment', { containers: [container] })
  return acceptingProbe(subject, served(container, targetPorts), { isSelected, periodSeconds: 10 })
}

void t.test('acceptingProbe', (test) => {
  for (const [fact, container, probe] of lists) {
    test.strictSame(asksFor(container), probe, fact)
    test.strictSame(asksFor(container, []), probe, `${fact}, by no Service`)
  }
  const asked = { ...accepts(8080), periodSeconds: 5 }
  const containers = [{ ports }]
  for (const kind of ['Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet'] as const) {
    const asks = (hostNetwork: boolean) => {
      const byPort = { isSelected: true, periodSeconds: 5 }
      return acceptingProbe(workload(kind, { containers, hostNetwork }), served({ ports }, [8080]), byPort)
    }
    test.strictSame(asks(false), kind === 'StatefulSet' ? undefined : asked, `${kind}: members may wait for each other`)
    test.equal(asks(true), undefined, `${kind}: on the host's network a port may be another's`)
  }
  const two = { ports: [...ports, metricsPort] }
  test.strictSame(asksFor(two, [9090]), accepts(9090), 'of two ports the one that a Service leads to')
  test.strictSame(asksFor({}, [80]), accepts(80), 'one that a Service leads to and nobody declares')
  test.equal(asksFor(two, [8080, 9090]), undefined, 'of two and two neither is known to be the one')
  test.end()
})

void t.test('keptProbe', (test) => {
  const both = { ports: [...ports, metricsPort] }
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
      ['no port that has become UDP', accepts(53), { ports: [dnsPort] }, undefined],
      ['no port by a name', { tcpSocket: { port: 'http' } }, both, undefined],
      ['no probe of another kind, which was copied', httpProbe, both, undefined],
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
  test.equal(standing({ ports, livenessProbe: httpProbe }), undefined, 'renewed, it would be a copy')
  test.equal(stalePort(undefined, served({ readinessProbe: accepts(80) }, [])), undefined, 'nobody injected it')
  test.equal(stalePort(accepts(80), served({ readinessProbe: accepts(81) }, [])), undefined, 'somebody changed it')
  test.end()
})
