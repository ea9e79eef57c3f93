import { handlerViolation } from '../engine/handler-violation.ts'
import { definePolicy } from '../engine/policy.ts'
import { cutMiddle } from '../engine/text.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { violationsIn } from '../engine/violations-in.ts'
import { mainContainers, type PlacedContainer } from '../kube/containers.ts'
import { faultOfProbe } from '../kube/handler-fault.ts'
import { sameJson } from '../kube/json.ts'
import type { Container, Probe } from '../kube/pod.ts'
import { patienceOf, portNumber, probeTiming } from '../kube/probe.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const livenessPatient = definePolicy({
  id: 'liveness-patient',
  title: 'Liveness probes restart containers that are stuck, not those that are busy',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet'],
  parameters: {
    leastSeconds: {
      type: 'integer',
      description: 'Fewest seconds for which a container must fail its liveness probe before it is restarted',
      minimum: 1,
      maximum: 300,
      default: 10,
      profiles: { critical: 15 }
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  check({ subject, parameters: { leastSeconds } }) {
    return violationsIn(mainContainers(subject.podSpec), (one) => {
      const { livenessProbe: probe } = one.container
      return probe === undefined ? undefined : judge(subject, one, { probe, leastSeconds })
    })
  }
})

interface Liveness {
  probe: Probe
  leastSeconds: number
}

/** Says one thing of a container: what makes the probe useless, then the numbers that are wrong for any endpoint, then the endpoint, then the numbers beside readiness. */
function judge(
  subject: Workload,
  { container, at }: PlacedContainer,
  { probe, leastSeconds }: Liveness
): Violation | undefined {
  const place = podField(subject, `${at}.livenessProbe`)
  const fault = faultOfProbe(probe, container)
  if (fault !== undefined) return handlerViolation(fault, place, 'the probe never fails')
  const { period, failures } = probeTiming(probe)
  const patience = patienceOf(probe)
  const rival = rivalOf(container, probe)
  const least = Math.max(Math.ceil(leastSeconds / period), Math.floor((rival ?? 0) / period) + 1)
  if (failures === 1) {
    const fix = `set it to ${Math.max(3, least)} or more`
    return certain({ field: `${place}.failureThreshold`, problem: 'one failure restarts the container', fix })
  }
  const fix = `set failureThreshold to ${least} or more`
  if (patience < leastSeconds) {
    return certain({ field: place, problem: `restarts a container that fails for ${patience} s`, fix })
  }
  const path = readinessPath(probe)
  if (path !== undefined) {
    const problem = `${cutMiddle(path, longestPath)} tells whether the container is ready, not whether it is stuck`
    const endpoint = { field: `${place}.httpGet.path`, problem, fix: 'use a liveness endpoint' }
    return uncertain('intent', endpoint)
  }
  if (rival === undefined || patience > rival) return undefined
  const problem = `makes the same check as readiness and gives up ${patience < rival ? 'sooner' : 'as soon'}`
  return certain({ field: place, problem, fix })
}

/** The patience of the readiness probe, if it makes the same check. */
function rivalOf(container: Container, liveness: Probe): number | undefined {
  const { readinessProbe } = container
  if (readinessProbe === undefined) return undefined
  const [one, other] = [checkOf(liveness, container), checkOf(readinessProbe, container)]
  return one !== undefined && sameJson(one, other) ? patienceOf(readinessProbe) : undefined
}

/** What a probe asks. Headers and the host are left out: they do not make another check. */
function checkOf({ httpGet, tcpSocket, grpc, exec }: Probe, container: Container): unknown {
  if (httpGet !== undefined) {
    const { port, path = '', scheme = 'HTTP' } = httpGet
    return ['httpGet', numberOf(port, container), path.startsWith('/') ? path : `/${path}`, scheme]
  }
  if (tcpSocket !== undefined) return ['tcpSocket', numberOf(tcpSocket.port, container)]
  if (grpc !== undefined) return ['grpc', grpc.port ?? null, grpc.service ?? '']
  return exec === undefined ? undefined : ['exec', ...(exec.command ?? [])]
}

function numberOf(port: number | string = 0, container: Container): number | string {
  return portNumber(port, container) ?? port
}

/** Of a path in a text. */
const longestPath = 32

/** Names of readiness endpoints, and the endpoints of Spring Boot and Quarkus that fail when a dependency does. */
const forReadiness = /\/(?:ready|readyz|readiness)\/?$|^\/(?:actuator|q)\/health\/?$/

function readinessPath({ httpGet }: Probe): string | undefined {
  const { path: whole = '' } = httpGet ?? {}
  const [path = ''] = whole.split('?')
  return forReadiness.test(path.startsWith('/') ? path : `/${path}`) ? path : undefined
}
