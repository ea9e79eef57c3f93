import { startupProbe } from '../../src/policies/startup-probe.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap } from '../support/workloads.ts'

const ports = [{ name: 'http', containerPort: 8080 }]
const get = (port: number | string, timing: JsonMap = {}): JsonMap => ({
  httpGet: { path: '/healthz', port },
  ...timing
})
const after = (initialDelaySeconds: number): JsonMap => get(8080, { initialDelaySeconds })
const container = (parts: JsonMap): JsonMap => ({ name: 'web', ports, ...parts })
const probed = (parts: JsonMap): JsonMap => deploymentWith({ containers: [container(parts)] })

const id = '[startup-probe] spec.template.spec'
const unchecked = (seconds: number): string =>
  `${id}.containers[name=web].livenessProbe.initialDelaySeconds: after every start, liveness checks nothing for ${seconds} s; use a startupProbe instead, which ends as soon as it passes`
const portless = (place: string, name: string): string =>
  `${id}.${place}.port: the container has no port named ${name}, so the probe never passes; name a port that it declares`

checkPolicy(startupProbe, {
  accepts: {
    'no probes': { object: probed({}) },
    'no delay': { object: probed({ livenessProbe: get(8080) }) },
    'exactly the delay that is allowed': { object: probed({ livenessProbe: after(30) }) },
    'a delay beside a startup probe, which is needless and harmless': {
      object: probed({ livenessProbe: after(60), startupProbe: get(8080, { failureThreshold: 30 }) })
    },
    'a delay of readiness: it restarts nothing': { object: probed({ readinessProbe: after(120) }) },
    'a startup probe by the name of a port': { object: probed({ startupProbe: get('http') }) },
    'a startup probe by a number that no port declares: a container may listen without declaring it': {
      object: probed({ startupProbe: get(9090) })
    },
    'a startup probe that runs a command': { object: probed({ startupProbe: { exec: { command: ['up'] } } }) },
    'a startup probe by gRPC': { object: probed({ startupProbe: { grpc: { port: 9000 } } }) },
    'a delay of a native sidecar: it is its maker’s': {
      object: deploymentWith({
        containers: [container({})],
        initContainers: [{ name: 'proxy', restartPolicy: 'Always', livenessProbe: after(60) }]
      })
    },
    'an init container: the API server takes no probe of it': {
      object: deploymentWith({
        containers: [container({})],
        initContainers: [{ name: 'init', startupProbe: get('nowhere') }]
      })
    },
    'a Job': { object: workloadWith('Job', { containers: [container({ livenessProbe: after(90) })] }) },
    'a delay in baseline': { object: probed({ livenessProbe: after(90) }), profile: 'baseline' }
  },
  rejects: {
    'a second more than is allowed': { object: probed({ livenessProbe: after(31) }), says: [unchecked(31)] },
    'a delay of a StatefulSet': {
      object: workloadWith('StatefulSet', { containers: [container({ livenessProbe: after(90) })] }),
      says: [unchecked(90)]
    },
    'a delay above a parameter': {
      object: probed({ livenessProbe: after(20) }),
      parameters: { delaySeconds: 10 },
      says: [unchecked(20)]
    },
    'a startup probe on a port that nobody named': {
      object: probed({ startupProbe: get('web') }),
      says: [portless('containers[name=web].startupProbe.httpGet', 'web')]
    },
    'a startup probe on a port that another container named': {
      object: deploymentWith({
        containers: [container({}), { name: 'log', startupProbe: { tcpSocket: { port: 'http' } } }]
      }),
      says: [portless('containers[name=log].startupProbe.tcpSocket', 'http')]
    },
    'a native sidecar that keeps all others from starting': {
      object: deploymentWith({
        containers: [container({})],
        initContainers: [{ name: 'proxy', restartPolicy: 'Always', startupProbe: get('admin') }]
      }),
      says: [portless('initContainers[name=proxy].startupProbe.httpGet', 'admin')]
    },
    'a command that needs a shell and has none': {
      object: probed({ startupProbe: { exec: { command: ['check', '$HOST'] } } }),
      severity: 'unknown',
      says: [
        `${id}.containers[name=web].startupProbe.exec.command: nothing expands $HOST: the command runs without a shell (unless intended); run it by sh -c`
      ]
    },
    'a delay beside a startup probe that never passes': {
      object: probed({ livenessProbe: after(90), startupProbe: get('web') }),
      says: [portless('containers[name=web].startupProbe.httpGet', 'web')]
    }
  }
})
