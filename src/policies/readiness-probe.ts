import type { Facts } from '../inventory/facts/index.ts'
import { handlerViolation } from '../engine/handler-violation.ts'
import { type Addition, definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { joined, violationsIn } from '../engine/violations-in.ts'
import { hookedContainers, type PlacedContainer, tcpPorts } from '../kube/containers.ts'
import { faultOfProbe } from '../kube/handler-fault.ts'
import { isIdle } from '../kube/idle-command.ts'
import { imageNameOf, isMetricsImage, isNamedForMetrics } from '../kube/metrics-port.ts'
import { commandLine, type Container, isProbe, type Probe } from '../kube/pod.ts'
import { type TrafficContainer, trafficContainers } from '../kube/traffic-containers.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const readinessProbe = definePolicy({
  id: 'readiness-probe',
  title: 'Containers that serve traffic have a readiness probe',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
  needs: ['services'],
  parameters: {
    periodSeconds: {
      type: 'integer',
      description: 'periodSeconds of an injected tcpSocket probe',
      minimum: 1,
      maximum: 300,
      default: 5
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: ['containers[*].readinessProbe'],
  check({ subject, facts: { services }, recorded, amended }) {
    const all = servingContainers(subject, services)
    const found = joined(
      violationsIn(all, (one) => missing(subject, one)),
      violationsIn(all, (one) => stale(subject, one, recorded(placeIn(one))))
    )
    if (!amended('v2')) return found
    return joined(
      found,
      violationsIn(hookedContainers(subject.podSpec), (one) => faulty(subject, one))
    )
  },
  remedy({ subject, facts: { services }, parameters: { periodSeconds }, recorded, amended }) {
    const isSelected = services.known && services.value.length > 0
    const additions: Addition[] = []
    for (const one of servingContainers(subject, services)) {
      const { container, doubt } = one
      if (container.readinessProbe !== undefined) continue
      const at = placeIn(one)
      // A container in doubt gets nothing new, but keeps what it has.
      if (doubt !== undefined && recorded(at) === undefined) continue
      const copy = copiedProbe(container)
      const isFaulty = amended('v2') && copy !== undefined && faultOfProbe(copy, container) !== undefined
      const value = (isFaulty ? undefined : copy) ?? acceptingProbe(subject, one, { isSelected, periodSeconds })
      const probe = value ?? keptProbe(recorded(at), one)
      if (probe !== undefined) additions.push({ at, value: probe })
    }
    return additions
  }
})

function servingContainers({ podSpec }: Workload, services: Facts['services']): readonly TrafficContainer[] {
  return trafficContainers(podSpec, services.known ? services.value : undefined)
}

function placeIn({ at }: PlacedContainer): string {
  return `${at}.readinessProbe`
}

function missing(subject: Workload, one: TrafficContainer): Violation | undefined {
  const { container, doubt, targetPorts = [] } = one
  if (container.readinessProbe !== undefined) return undefined
  const field = podField(subject, placeIn(one))
  if (doubt === 'services') {
    const problem = 'a Service may send it traffic, but it has no readiness probe'
    return uncertain('services', { field, problem, fix: 'add one' }, 'never')
  }
  const port = targetPorts[0] ?? tcpPorts(container)[0]
  if (doubt === 'intent') {
    const problem = `has no readiness probe${port === undefined ? '' : ` for port ${port}`}`
    return uncertain('intent', { field, problem, fix: 'add one if clients call it' })
  }
  const problem = `serves ${port === undefined ? 'traffic' : `port ${port}`} without a readiness probe`
  return certain({ field, problem, fix: 'add one' })
}

function stale(subject: Workload, one: TrafficContainer, recorded: unknown): Violation | undefined {
  const port = stalePort(recorded, one)
  if (port === undefined) return undefined
  const problem = `was injected for port ${port}, which is no longer declared`
  const fix = 'run kubectl rollout restart to renew it'
  return uncertain('intent', { field: podField(subject, placeIn(one)), problem, fix })
}

/** A container is never ready while its probe has no result. */
function faulty(subject: Workload, one: PlacedContainer): Violation | undefined {
  const { container } = one
  const { readinessProbe: probe } = container
  const fault = probe === undefined ? undefined : faultOfProbe(probe, container)
  return fault === undefined ? undefined : handlerViolation(fault, podField(subject, placeIn(one)), 'it is never ready')
}

type Port = number | string

/** A port by name only helps where the container declares the name: the kubelet drops the result of a probe that it cannot resolve. */
function isReachable(port: Port | undefined, { ports = [] }: Container): port is Port {
  if (typeof port === 'number') return port >= 1 && port <= 65535
  return port !== undefined && ports.some(({ name }) => name === port)
}

/** The handler of a probe, without a host (Pod Security forbids one, and another host says nothing about this pod). */
function handlerOf({ exec, httpGet, tcpSocket, grpc }: Probe, container: Container): Probe | undefined {
  if (httpGet !== undefined) {
    const { host = '', port } = httpGet
    return host === '' && isReachable(port, container) ? { httpGet: getOf(httpGet, port) } : undefined
  }
  if (tcpSocket !== undefined) {
    const { host = '', port } = tcpSocket
    return host === '' && isReachable(port, container) ? { tcpSocket: { port } } : undefined
  }
  if (grpc?.port !== undefined) {
    return { grpc: { port: grpc.port, ...(grpc.service !== undefined && { service: grpc.service }) } }
  }
  return exec?.command === undefined ? undefined : { exec: { command: exec.command } }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type Get = NonNullable<Probe['httpGet']>

function getOf({ path, scheme, httpHeaders }: Get, port: Port): Get {
  const get: Writable<Get> = {}
  if (path !== undefined) get.path = path
  get.port = port
  if (scheme !== undefined) get.scheme = scheme
  if (httpHeaders !== undefined) get.httpHeaders = httpHeaders.map(({ name = '', value = '' }) => ({ name, value }))
  return get
}

function copied(probe: Probe | undefined, container: Container): Writable<Probe> | undefined {
  if (probe === undefined) return undefined
  const copy: Writable<Probe> | undefined = handlerOf(probe, container)
  if (copy === undefined) return undefined
  const { periodSeconds, timeoutSeconds } = probe
  if (periodSeconds !== undefined) copy.periodSeconds = periodSeconds
  if (timeoutSeconds !== undefined) copy.timeoutSeconds = timeoutSeconds
  return copy
}

const defaultFailures = 3

/**
 * The failure threshold of readiness for that of liveness: lower, or a container that is about to be killed still gets requests.
 * The kubelet does not run the two probes in step. Undefined if the default is low enough.
 */
function failuresBefore({ failureThreshold: failures }: Probe): number | undefined {
  const most = failures === undefined || failures === 0 ? defaultFailures : failures
  return most > defaultFailures ? undefined : Math.max(1, most - 1)
}

/** A readiness probe with the check of the liveness probe, or of the startup probe: a working container passes it. */
export function copiedProbe(container: Container): Probe | undefined {
  const { livenessProbe, startupProbe } = container
  const alive = copied(livenessProbe, container)
  if (livenessProbe === undefined || alive === undefined) return copied(startupProbe, container)
  const failures = failuresBefore(livenessProbe)
  if (failures !== undefined) alive.failureThreshold = failures
  return alive
}

/** The TCP port to probe: the only one that a Service leads to, or else the lone port of a pod that no Service selects as far as we know. */
function surePort(workload: Workload, { container, targetPorts = [] }: TrafficContainer, isSelected: boolean) {
  if (isIdle(container)) return undefined
  const [port, ...others] = targetPorts
  if (port !== undefined) return others.length > 0 ? undefined : port
  return isSelected ? undefined : lonePort(workload)
}

/** Images that serve nothing by themselves, and those that tests use. */
const baseImage = /^(?:alpine|bash|busybox|centos|curl|debian|fedora|netshoot|toolbox|ubuntu)$/
const leaderElection = /^--?(?:enable-)?leader-elect/
const testImage = /(?:^|[-_.])(?:e2e|pause|sleep|tests?)(?:[-_.]|$)/

/**
 * The one declared TCP port of a pod with one container, unless something speaks against a listener that the kubelet reaches: the name of the
 * port or of the image, a replica that may only serve once it leads, an address that only the pod itself reaches, or a Dapr sidecar, which
 * calls the application on 127.0.0.1.
 */
function lonePort({ podSpec, podAnnotations }: Workload): number | undefined {
  const [container, second] = podSpec.containers ?? []
  if (container === undefined || second !== undefined || podAnnotations['dapr.io/enabled'] === 'true') return undefined
  const [port, ...others] = tcpPorts(container)
  if (others.length > 0 || isMetricsImage(container)) return undefined
  const name = container.ports?.find(({ containerPort }) => containerPort === port)?.name
  const line = commandLine(container)
  const image = imageNameOf(container)
  const isDoubtful =
    isNamedForMetrics(name) ||
    line.some(
      (word) => leaderElection.test(word) || word.includes(`127.0.0.1:${port}`) || word.includes(`localhost:${port}`)
    ) ||
    (line.length === 0 && baseImage.test(image)) ||
    testImage.test(image)
  return isDoubtful ? undefined : port
}

/** What a probe by port depends on beside the workload. */
interface ByPort {
  /** Whether Services select the pod. They may lead to other ports. */
  isSelected: boolean
  periodSeconds: number
}

/**
 * A readiness probe that checks whether that port accepts connections. Not on the host's network, where another process may hold it. Not for a
 * StatefulSet: its members often open their ports only once they have found each other, and with OrderedReady, or by names that only
 * ready pods have, they would wait for good.
 */
export function acceptingProbe(
  workload: Workload,
  served: TrafficContainer,
  { isSelected, periodSeconds }: ByPort
): Probe | undefined {
  if (workload.podSpec.hostNetwork === true || workload.kind === 'StatefulSet') return undefined
  const port = surePort(workload, served, isSelected)
  return port === undefined ? undefined : { tcpSocket: { port }, periodSeconds }
}

/**
 * Whether a port is still served, by declaration or by a Service. Undefined where only a Service could tell, and the Services are not
 * known: a container that declares something else under that number, or other TCP ports, is taken at its word.
 */
function isServed(port: number, { container, targetPorts }: TrafficContainer): boolean | undefined {
  const declared = tcpPorts(container)
  if (declared.includes(port)) return true
  const taken = (container.ports ?? []).some(({ containerPort }) => containerPort === port)
  return targetPorts?.includes(port) ?? (taken || declared.length > 0 ? false : undefined)
}

function tcpPortOf(injected: unknown): number | undefined {
  const port = isProbe(injected) ? injected.tcpSocket?.port : undefined
  return typeof port === 'number' ? port : undefined
}

/**
 * An injected tcpSocket probe whose port is still served as far as we know, although a new one would no longer be derived. Not where the
 * command serves nothing: an earlier release injected such probes.
 */
export function keptProbe(injected: unknown, served: TrafficContainer): Probe | undefined {
  const port = tcpPortOf(injected)
  if (port === undefined || !isProbe(injected) || isServed(port, served) === false || isIdle(served.container))
    return undefined
  const { periodSeconds } = injected
  return { tcpSocket: { port }, ...(periodSeconds !== undefined && periodSeconds > 0 && { periodSeconds }) }
}

/** The port of an unchanged injected tcpSocket probe, if that port is no longer served. */
export function stalePort(injected: unknown, served: TrafficContainer): number | undefined {
  const { container } = served
  const port = tcpPortOf(injected)
  if (port === undefined || container.readinessProbe?.tcpSocket?.port !== port) return undefined
  return copiedProbe(container) !== undefined || isServed(port, served) !== false ? undefined : port
}
