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

function unmeasurableIn(all: readonly Requesting[], { resource, container }: MeasuredResource): Unmeasurable[] {
  const lacking = all.filter(({ requests }) => !requests.includes(resource))
  const named = (of: readonly Requesting[]) => {
    return of.map(({ name }): Unmeasurable => ({ resource, container: name, missing: 'request' }))
  }
  if (container !== undefined) {
    if (!all.some(({ name }) => name === container)) return [{ resource, container, missing: 'container' }]
    return named(lacking.filter(({ name }) => name === container))
  }
  const pod = all.find(({ name }) => name === '')
  if (pod === undefined) return named(lacking)
  return lacking.length === all.length ? named([pod]) : []
}

/**
 * What cannot be measured of these containers, each thing once: one that lacks the request is enough to make a measurement fail. Of a pod
 * with requests of its own any request will do (kubernetes pkg/controller/podautoscaler/replica_calculator.go).
 */
export function unmeasurable(all: readonly Requesting[], measured: readonly MeasuredResource[]): Unmeasurable[] {
  const found = new Map<string, Unmeasurable>()
  for (const one of measured.flatMap((each) => unmeasurableIn(all, each)))
    found.set(`${one.container}/${one.resource}`, one)
  return [...found.values()]
}
