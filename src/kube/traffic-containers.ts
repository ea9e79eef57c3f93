import { isNativeSidecar, mainContainers, type PlacedContainer } from './containers.ts'
import { isIdle } from './idle-command.ts'
import { isMetricsImage, isNamedForMetrics } from './metrics-port.ts'
import type { Container, PodSpec } from './pod.ts'
import type { Service, ServicePort } from './service.ts'

/** A container that serves traffic, or may serve it. */
export interface TrafficContainer extends PlacedContainer {
  /**
   * Why it may serve none: `services` if only a Service could tell, and the Services are unknown; `intent` if its command plainly serves nothing, or
   * if no Service leads to it and all its ports are for metrics. Undefined if it serves.
   */
  doubt: 'services' | 'intent' | undefined
  /** Its TCP ports that Services lead to; undefined if the Services are unknown. */
  targetPorts: readonly number[] | undefined
}

interface TargetPort {
  container: Container
  port: number
  protocol: string
}

function declared({ ports = [] }: Container, protocol: string): { port: number; name: string | undefined }[] {
  return ports.flatMap(({ containerPort, protocol: own = 'TCP', name }) => {
    return own === protocol && containerPort !== undefined ? [{ port: containerPort, name }] : []
  })
}

/**
 * Where a port of a Service leads: a name to the first container that declares it, a number to the one that declares it (kubernetes
 * pkg/api/v1/pod/util.go, FindPort). An undeclared number leads to the only container, if that declares no
 * port; but not from a headless Service, because its clients may use any port.
 */
function targetsOf(
  { containers = [], initContainers = [] }: PodSpec,
  { headless }: Service,
  to: ServicePort
): TargetPort[] {
  const { targetPort, protocol } = to
  for (const container of [...containers, ...initContainers.filter(isNativeSidecar)]) {
    const found = declared(container, protocol).find(({ port, name }) => targetPort === port || targetPort === name)
    if (found !== undefined) return [{ container, port: found.port, protocol }]
  }
  const [only, ...others] = containers
  if (typeof targetPort === 'string' || headless || only === undefined || others.length > 0) return []
  return declared(only, protocol).length === 0 ? [{ container: only, port: targetPort, protocol }] : []
}

/**
 * The containers that serve traffic: those that declare a port, or that a Service leads to. Init containers never do. Native sidecars are
 * left to their own makers: their hooks run at the start of the pod's termination, whatever theirs is.
 */
export function trafficContainers(spec: PodSpec, services: readonly Service[] | undefined): TrafficContainer[] {
  const targets = services?.flatMap((service) => service.ports.flatMap((port) => targetsOf(spec, service, port)))
  return mainContainers(spec).flatMap(({ container, at }): TrafficContainer[] => {
    const own = targets?.filter((target) => target.container === container)
    if (own?.length === 0 && (container.ports ?? []).length === 0) return []
    const tcp = own?.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port)
    return [{ container, at, doubt: doubtOf(container, own), targetPorts: tcp && [...new Set(tcp)] }]
  })
}

function doubtOf(container: Container, targets: readonly TargetPort[] | undefined): TrafficContainer['doubt'] {
  const { ports = [] } = container
  const isLedTo = targets !== undefined && targets.length > 0
  if (isIdle(container) && (isLedTo || ports.length > 0)) return 'intent'
  if (isLedTo) return undefined
  const isForMetrics = isMetricsImage(container) || ports.every(({ name }) => isNamedForMetrics(name))
  if (!isForMetrics && ports.length > 0) return undefined
  return targets === undefined ? 'services' : 'intent'
}
