import type { MeasuredResource } from './autoscaler.ts'
import { isNativeSidecar } from './containers.ts'
import { isObject, type JsonObject } from './shape.ts'

/** A container by the names of the resources that it requests: `{ name: 'web', requests: ['cpu'] }`. The pod as a whole has no name. */
export interface Requesting {
  name: string
  requests: readonly string[]
}

interface Running {
  readonly name?: string
  readonly resources?: unknown
  readonly restartPolicy?: string
}

/** Of a pod spec, all that requests something. */
interface Pod {
  readonly containers?: readonly Running[]
  readonly initContainers?: readonly Running[]
  readonly resources?: unknown
}

/** The amounts that a container or a pod states, by resource: `{ cpu: '500m' }`. What is not a map counts as none. */
export interface Amounts {
  requests: Readonly<JsonObject>
  limits: Readonly<JsonObject>
}

/** Reads the `resources` of a container, or of a pod. */
export function amountsIn(resources: unknown): Amounts {
  const { requests, limits } = isObject(resources) ? resources : {}
  return { requests: isObject(requests) ? requests : {}, limits: isObject(limits) ? limits : {} }
}

/** Whether the pod requests or limits something as a whole, beside or in place of its containers. */
export function isPodLevel({ resources }: Pick<Pod, 'resources'>): boolean {
  const { requests, limits } = amountsIn(resources)
  return Object.keys(requests).length > 0 || Object.keys(limits).length > 0
}

/** A limit counts: without a request of its own the pod gets one of the same amount (kubernetes pkg/apis/core/v1/defaults.go). */
function requestsIn(resources: unknown): string[] {
  const { requests, limits } = amountsIn(resources)
  return [...new Set([...Object.keys(requests), ...Object.keys(limits)])].toSorted()
}

/** All that an autoscaler adds up the requests of: the containers, the native sidecars, and the pod where it has requests of its own. */
export function requesting({ containers = [], initContainers = [], resources }: Pod): Requesting[] {
  const ofPod = requestsIn(resources)
  const running = [...containers, ...initContainers.filter(isNativeSidecar)]
  const all = running.map(({ name = '?', resources: own }) => ({ name, requests: requestsIn(own) }))
  return ofPod.length === 0 ? all : [{ name: '', requests: ofPod }, ...all]
}

/** What an autoscaler cannot measure, because a request or the whole container is missing. */
export interface Unmeasurable {
  resource: string
  /** Empty for the pod as a whole. */
  container: string
  missing: 'request' | 'container'
}

/** More are of no use to anybody, and a hostile autoscaler may measure thousands of resources of thousands of containers. */
const mostUnmeasurable = 1000

/**
 * What cannot be measured of these containers, each thing once: one that lacks the request is enough to make a measurement fail. Of a pod
 * with requests of its own any request will do (kubernetes pkg/controller/podautoscaler/replica_calculator.go). It looks at a container
 * without a request only while it still collects, so the cost is that of reading the objects.
 */
export function unmeasurable(all: readonly Requesting[], measured: readonly MeasuredResource[]): Unmeasurable[] {
  const found = new Map<string, Unmeasurable>()
  const find = (resource: string, container: string, missing: Unmeasurable['missing']): boolean => {
    found.set(`${container}/${resource}`, { resource, container, missing })
    return found.size >= mostUnmeasurable
  }
  const requesters = requestersOf(all)
  const byName = Map.groupBy(all, ({ name }) => name)
  const pod = byName.get('')?.[0]
  for (const { resource, container } of distinct(measured)) {
    const have = requesters.get(resource)
    if (container !== undefined && !byName.has(container)) {
      if (find(resource, container, 'container')) break
      continue
    }
    if (container === undefined && pod !== undefined) {
      if (have === undefined && find(resource, pod.name, 'request')) break
      continue
    }
    const looked = container === undefined ? all : (byName.get(container) ?? [])
    if (looked.some((one) => have?.has(one) !== true && find(resource, one.name, 'request'))) break
  }
  return [...found.values()]
}

/** The containers that request each resource. */
function requestersOf(all: readonly Requesting[]): ReadonlyMap<string, ReadonlySet<Requesting>> {
  const requesters = new Map<string, Set<Requesting>>()
  for (const one of all) {
    for (const resource of one.requests) {
      const there = requesters.get(resource)
      if (there === undefined) requesters.set(resource, new Set([one]))
      else there.add(one)
    }
  }
  return requesters
}

function distinct(measured: readonly MeasuredResource[]): Iterable<MeasuredResource> {
  return new Map(measured.map((one) => [JSON.stringify([one.resource, one.container]), one])).values()
}
