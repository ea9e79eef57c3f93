import { livenessPatient } from '../../src/policies/liveness-patient.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap } from '../support/workloads.ts'

const ports = [{ name: 'http', containerPort: 8080 }]
const get = (path: string, timing: JsonMap = {}): JsonMap => ({ httpGet: { path, port: 8080 }, ...timing })
const tcp = (port: number | string, timing: JsonMap = {}): JsonMap => ({ tcpSocket: { port }, ...timing })
const grpc = (service: string): JsonMap => ({ grpc: { port: 9000, service } })
const run = (...command: string[]): JsonMap => ({ exec: { command } })
const pod = (livenessProbe: JsonMap, readinessProbe?: JsonMap): JsonMap => ({
  containers: [{ name: 'web', ports, livenessProbe, readinessProbe }]
})
const probed = (livenessProbe: JsonMap, readinessProbe?: JsonMap): JsonMap =>
  deploymentWith(pod(livenessProbe, readinessProbe))

const at = '[liveness-patient] spec.template.spec.containers[name=web].livenessProbe'
const asSoon = `${at}: makes the same check as readiness and gives up as soon; set failureThreshold to 4 or more`
const oneFailure = `${at}.failureThreshold: one failure restarts the container; set it to 3 or more`
const tellsReadiness = (path: string): string =>
  `${at}.httpGet.path: ${path} tells whether the container is ready, not whether it is stuck (unless intended); use a liveness endpoint`

checkPolicy(livenessPatient, {
  accepts: {
    'no liveness probe': { object: deploymentWith({ containers: [{ name: 'web', readinessProbe: get('/healthz') }] }) },
    'liveness alone, with the numbers of the API server': { object: probed(get('/healthz')) },
    'one endpoint for both, and liveness waits longer': {
      object: probed(get('/healthz'), get('/healthz', { periodSeconds: 5 }))
    },
    'two endpoints, with equal numbers': { object: probed(get('/live'), get('/ready')) },
    'two handlers on one port': { object: probed(tcp(8080), get('/healthz')) },
    'two ports': { object: probed(tcp(8080), tcp(8081)) },
    'two schemes': {
      object: probed(get('/healthz'), { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTPS' } })
    },
    'two gRPC services on one port': { object: probed(grpc('alive'), grpc('ready')) },
    'two commands': { object: probed(run('check', 'alive'), run('check', 'ready')) },
    'a timeout of one second, which is everybody’s default': { object: probed(get('/live', { timeoutSeconds: 1 })) },
    'exactly the seconds that the profile asks for': {
      object: probed(get('/live', { periodSeconds: 5, failureThreshold: 2 }))
    },
    'an init container and a native sidecar: they are their makers’': {
      object: deploymentWith({
        containers: [{ name: 'web' }],
        initContainers: [
          { name: 'proxy', restartPolicy: 'Always', livenessProbe: get('/ready', { failureThreshold: 1 }) }
        ]
      })
    },
    'a path that only begins as one of readiness does': { object: probed(get('/ready/live')) },
    'a group of Spring Boot that has no dependencies': { object: probed(get('/actuator/health/liveness')) },
    'a word that ends as readiness does': { object: probed(get('/already')) },
    'a Job': { object: workloadWith('Job', pod(get('/ready', { failureThreshold: 1 }))) },
    'an impatient probe in baseline': { object: probed(get('/ready', { failureThreshold: 1 })), profile: 'baseline' }
  },
  rejects: {
    'one endpoint for both, with the numbers of the API server': {
      object: probed(get('/healthz'), get('/healthz')),
      says: [asSoon]
    },
    'the same as the API server fills it in': {
      object: probed(
        get('/healthz', { periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 1, successThreshold: 1 }),
        { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, periodSeconds: 10, failureThreshold: 3 }
      ),
      says: [asSoon]
    },
    'zeros, for which the API server fills in its defaults': {
      object: probed(get('/healthz', { periodSeconds: 0, failureThreshold: 0 }), get('/healthz')),
      says: [asSoon]
    },
    'one port by number and by name': { object: probed(tcp(8080), tcp('http')), says: [asSoon] },
    'one path with and without its first slash': { object: probed(get('healthz'), get('/healthz')), says: [asSoon] },
    'the root, written and not': {
      object: probed(get('/'), { httpGet: { port: 8080 } }),
      says: [asSoon]
    },
    'one gRPC service': { object: probed(grpc(''), { grpc: { port: 9000 } }), says: [asSoon] },
    'one command': { object: probed(run('check'), run('check')), says: [asSoon] },
    'one endpoint with different headers': {
      object: probed(get('/healthz'), {
        httpGet: { path: '/healthz', port: 8080, httpHeaders: [{ name: 'Host', value: 'web' }] }
      }),
      says: [asSoon]
    },
    'liveness that gives up before readiness': {
      object: probed(get('/healthz', { periodSeconds: 5 }), get('/healthz')),
      says: [`${at}: makes the same check as readiness and gives up sooner; set failureThreshold to 7 or more`]
    },
    'a port that nobody named, before any number': {
      object: probed({ tcpSocket: { port: 'web' }, failureThreshold: 1 }),
      says: [
        `${at}.tcpSocket.port: the container has no port named web, so the probe never fails; name a port that it declares`
      ]
    },
    'a single failure, however rarely it asks': {
      object: probed(get('/live', { periodSeconds: 30, failureThreshold: 1 })),
      says: [oneFailure]
    },
    'a single failure of a check that asks every second': {
      object: probed(get('/live', { periodSeconds: 1, failureThreshold: 1 })),
      says: [`${at}.failureThreshold: one failure restarts the container; set it to 10 or more`]
    },
    'three failures within three seconds': {
      object: probed(get('/live', { periodSeconds: 1 })),
      says: [`${at}: restarts a container that fails for 3 s; set failureThreshold to 10 or more`]
    },
    'twelve seconds in critical': {
      object: probed(get('/live', { periodSeconds: 4 })),
      profile: 'critical',
      says: [`${at}: restarts a container that fails for 12 s; set failureThreshold to 4 or more`]
    },
    'seconds below a parameter': {
      object: probed(get('/live')),
      parameters: { leastSeconds: 60 },
      says: [`${at}: restarts a container that fails for 30 s; set failureThreshold to 6 or more`]
    },
    'an endpoint that is named for readiness': {
      object: probed(get('/api/readyz')),
      severity: 'unknown',
      says: [tellsReadiness('/api/readyz')]
    },
    'an endpoint that is named for readiness, with a query and a slash': {
      object: probed(get('/ready/?verbose=1'), get('/ready')),
      severity: 'unknown',
      says: [tellsReadiness('/ready/')]
    },
    'the endpoint of Spring Boot that includes its dependencies': {
      object: probed(get('/actuator/health')),
      severity: 'unknown',
      says: [tellsReadiness('/actuator/health')]
    },
    'the same check of an endpoint for readiness, of which one thing is said': {
      object: probed(get('/readiness'), get('/readiness')),
      severity: 'unknown',
      says: [tellsReadiness('/readiness')]
    },
    'a very long path': {
      object: probed(get(`/${'tenant-'.repeat(20)}/ready`)),
      severity: 'unknown',
      says: [tellsReadiness('/tenant-tenant-t…t-tenant-/ready')]
    },
    'each container of a DaemonSet': {
      object: workloadWith('DaemonSet', {
        containers: [
          { name: 'web', livenessProbe: get('/live', { failureThreshold: 1 }) },
          { name: 'log', livenessProbe: get('/live', { failureThreshold: 1 }) }
        ]
      }),
      says: [oneFailure, oneFailure.replace('name=web', 'name=log')]
    }
  }
})
