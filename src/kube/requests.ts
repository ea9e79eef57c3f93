import type { MeasuredResource } from './autoscaler.ts'
import { isNativeSidecar } from './containers.ts'
import type { PodSpec, Resources } from './pod.ts'

/** A container by the names of the resources that it requests: `{ name: 'web', requests: ['cpu'] }`. The pod as a whole has no name. */
export interface Requesting {
  name: string
  requests: readonly string[]
}

/** A limit counts: without a request of its own the pod gets one of the same amount (kubernetes pkg/apis/core/v1/defaults.go). */
function requestsIn({ requests = {}, limits = {} }: Resources = {}): string[] {
  return [...new Set([...Object.keys(requests), ...Object.keys(limits)])].toSorted()
}

/** All that an autoscaler adds up the requests of: the containers, the native sidecars, and the pod where it has requests of its own. */
export function requesting({ containers = [], initContainers = [], resources }: PodSpec): Requesting[] {
  const ofPod = requestsIn(resources)
  const running = [...containers, ...initContainers.filter(isNativeSidecar)]
  const all = running.map(({ name = '?', resources: own }) => ({ name, requests: requestsIn(own) }))
  return ofPod.length === 0 ? all : [{ name: '', requests: ofPod }, ...all]
}

/**
 * Who lacks the request that a measurement takes; one of them is enough to make it fail. Of a pod with requests of its own any will do
 * (kubernetes pkg/controller/podautoscaler/replica_calculator.go). Undefined where the measured container is not there.
 */
export function lackingRequest(
  all: readonly Requesting[],
  { resource, container }: MeasuredResource
): readonly Requesting[] | undefined {
  const lacking = all.filter(({ requests }) => !requests.includes(resource))
  if (container !== undefined) {
    return all.some(({ name }) => name === container) ? lacking.filter(({ name }) => name === container) : undefined
  }
  const pod = all.find(({ name }) => name === '')
  if (pod === undefined) return lacking
  return lacking.length === all.length ? [pod] : []
}
