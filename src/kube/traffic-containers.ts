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

/** The ports that the containers of a pod declare, by protocol and number and by protocol and name: the first container that has each. */
class DeclaredPorts {
  readonly #byNumber = new Map<string, TargetPort>()
  readonly #byName = new Map<string, TargetPort>()
  readonly #only: Container | undefined

  constructor({ containers = [], initContainers = [] }: PodSpec) {
    const [only, ...others] = containers
    this.#only = others.length === 0 ? only : undefined
    for (const container of [...containers, ...initContainers.filter(isNativeSidecar)]) this.#add(container)
  }

  #add(container: Container): void {
    for (const { containerPort: port, protocol = 'TCP', name } of container.ports ?? []) {
      if (port === undefined) continue
      const target = { container, port, protocol }
      addFirst(this.#byNumber, `${protocol} ${port}`, target)
      if (name !== undefined) addFirst(this.#byName, `${protocol} ${name}`, target)
    }
  }

  /**
   * Where a port of a Service leads: a name to the first container that declares it, a number to the one that declares it (kubernetes
   * pkg/api/v1/pod/util.go, FindPort). An undeclared number leads to the only container, if that declares no port; but not from a
   * headless Service, because its clients may use any port.
   */
  target({ headless }: Service, { targetPort, protocol }: ServicePort): TargetPort | undefined {
    const declared = typeof targetPort === 'string' ? this.#byName : this.#byNumber
    const found = declared.get(`${protocol} ${targetPort}`)
    if (found !== undefined || typeof targetPort === 'string' || headless) return found
    const only = this.#only
    if (only === undefined || (only.ports ?? []).some((one) => (one.protocol ?? 'TCP') === protocol)) return undefined
    return { container: only, port: targetPort, protocol }
  }
}

function addFirst<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value)
}

/** The targets of Services in a pod, by container; undefined if the Services are unknown. */
function targetsByContainer(spec: PodSpec, services: readonly Service[] | undefined) {
  if (services === undefined) return undefined
  const targets = new Map<Container, TargetPort[]>()
  if (services.length === 0) return targets
  const ports = new DeclaredPorts(spec)
  for (const service of services) {
    for (const port of service.ports) {
      const target = ports.target(service, port)
      if (target === undefined) continue
      const there = targets.get(target.container)
      if (there === undefined) targets.set(target.container, [target])
      else there.push(target)
    }
  }
  return targets
}

/**
 * The containers that serve traffic: those that declare a port, or that a Service leads to. Init containers never do. Native sidecars are
 * left to their own makers: their hooks run at the start of the pod's termination, whatever theirs is.
 */
export function trafficContainers(
  spec: PodSpec,
  services: readonly Service[] | undefined
): readonly TrafficContainer[] {
  const placed = mainContainers(spec)
  if (last.placed !== placed || last.services !== services || last.initContainers !== spec.initContainers) {
    const { initContainers } = spec
    last = { placed, initContainers, services, found: findTrafficContainers(spec, placed, services) }
  }
  return last.found
}

/** What was found last, and of what: half a dozen policies and remedies ask the same of one review. */
let last: {
  placed: readonly PlacedContainer[]
  initContainers: PodSpec['initContainers']
  services: readonly Service[] | undefined
  found: readonly TrafficContainer[]
} = { placed: [], initContainers: undefined, services: undefined, found: [] }

function findTrafficContainers(
  spec: PodSpec,
  placed: readonly PlacedContainer[],
  services: readonly Service[] | undefined
): TrafficContainer[] {
  const targets = targetsByContainer(spec, services)
  const found: TrafficContainer[] = []
  for (const { container, at } of placed) {
    const own = targets === undefined ? undefined : (targets.get(container) ?? none)
    if (own?.length === 0 && (container.ports ?? []).length === 0) continue
    const tcp = own?.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port)
    found.push({ container, at, doubt: doubtOf(container, own), targetPorts: tcp && [...new Set(tcp)] })
  }
  return found
}

const none: readonly TargetPort[] = []

function doubtOf(container: Container, targets: readonly TargetPort[] | undefined): TrafficContainer['doubt'] {
  const { ports = [] } = container
  const isLedTo = targets !== undefined && targets.length > 0
  if (isIdle(container) && (isLedTo || ports.length > 0)) return 'intent'
  if (isLedTo) return undefined
  const isForMetrics = isMetricsImage(container) || ports.every(({ name }) => isNamedForMetrics(name))
  if (!isForMetrics && ports.length > 0) return undefined
  return targets === undefined ? 'services' : 'intent'
}
