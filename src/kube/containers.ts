import type { Container, PodSpec } from './pod.ts'

/** A container of a pod, and its place in messages and records: `containers[name=web]`. */
export interface PlacedContainer {
  container: Container
  at: string
}

/** Of names that the API takes: to no other a path leads. */
const label = /^[a-z0-9-]+$/

/** A name leads to the first container that has it. The API server refuses a second one, whose place is its index. */
function place(list: string, containers: readonly Container[]): readonly PlacedContainer[] {
  const names = new Set<string | undefined>()
  const placed: PlacedContainer[] = []
  for (const container of containers) {
    const { name } = container
    const byIndex = name === undefined || (names.has(name) && label.test(name))
    names.add(name)
    placed.push({ container, at: `${list}[${byIndex ? placed.length : `name=${name}`}]` })
  }
  return placed
}

/**
 * Places the containers of one list in a pod spec. It remembers those of the last pod, which so
 * live until the next review, because a dozen policies ask for them in one. */
class Places {
  readonly #list: string
  #last: readonly PlacedContainer[] = none

  constructor(list: string) {
    this.#list = list
  }

  of(containers: readonly Container[] = []): readonly PlacedContainer[] {
    if (containers.length === 0) return none
    const last = this.#last
    return areThose(last, containers) ? last : (this.#last = place(this.#list, containers))
  }
}

function areThose(placed: readonly PlacedContainer[], containers: readonly Container[]): boolean {
  if (placed.length !== containers.length) return false
  let index = 0
  for (const { container } of placed) if (container !== containers[index++]) return false
  return true
}

const none: readonly PlacedContainer[] = []
const main = new Places('containers')
const init = new Places('initContainers')

/** Whether an init container is a native sidecar: with `restartPolicy: Always` it runs next to the application. */
export function isNativeSidecar({ restartPolicy }: Pick<Container, 'restartPolicy'>): boolean {
  return restartPolicy === 'Always'
}

/** The containers that are neither init containers nor native sidecars. */
export function mainContainers({ containers }: PodSpec): readonly PlacedContainer[] {
  return main.of(containers)
}

/** Every container of a pod: also the init containers. */
export function allContainers({ containers, initContainers }: PodSpec): readonly PlacedContainer[] {
  const also = init.of(initContainers)
  return also.length === 0 ? main.of(containers) : [...main.of(containers), ...also]
}

/** Every container whose hooks run when the pod ends: the main ones and the native sidecars. */
export function hookedContainers({ containers, initContainers }: PodSpec): readonly PlacedContainer[] {
  if (initContainers === undefined) return main.of(containers)
  const sidecars = init.of(initContainers).filter(({ container }) => isNativeSidecar(container))
  return sidecars.length === 0 ? main.of(containers) : [...main.of(containers), ...sidecars]
}

/**
 * Whether a pod takes ports of its node. Two pods with the same host port cannot share a node. On the host network each declared port
 * is one: the API server copies containerPort to hostPort in the pod, but not in the template (kubernetes pkg/apis/core/v1/defaults.go).
 * The scheduler also counts native sidecars (pkg/scheduler/util/utils.go, GetHostPorts).
 */
export function takesHostPorts({ containers = [], initContainers = [], hostNetwork = false }: PodSpec): boolean {
  for (const container of containers) if (takesPort(container, hostNetwork)) return true
  for (const container of initContainers)
    if (isNativeSidecar(container) && takesPort(container, hostNetwork)) return true
  return false
}

function takesPort({ ports = [] }: Container, hostNetwork: boolean): boolean {
  for (const { containerPort = 0, hostPort = 0 } of ports)
    if (hostPort > 0 || (hostNetwork && containerPort > 0)) return true
  return false
}

/** The numbers of the TCP ports that a container declares; a port without a protocol is TCP. */
export function tcpPorts({ ports = [] }: Container): number[] {
  return ports.flatMap(({ containerPort, protocol = 'TCP' }) =>
    protocol === 'TCP' && containerPort !== undefined ? [containerPort] : []
  )
}
