import { expectShape, list, object, string } from './shape.ts'

/** A VerticalPodAutoscaler: whose requests it sets, and when. */
export interface VerticalAutoscaler {
  name: string
  /** By `verticalTargetKey`. Its group does not matter (autoscaler vertical-pod-autoscaler/pkg/utils/vpa/api.go, GetControllingVPAForPod). */
  target: string
  /** `Off`, `Initial`, or one of those that also act on running pods; `Recreate` where it is not written. */
  mode: string
  /** What it sets in a container; by `*` in those that are not named. */
  containers: readonly { name: string; resources: readonly string[] }[]
}

const verticalAutoscaler = object({
  metadata: object({ name: string, namespace: string }),
  spec: object({
    targetRef: object({ kind: string, name: string }),
    updatePolicy: object({ updateMode: string }),
    resourcePolicy: object({
      containerPolicies: list(object({ containerName: string, mode: string, controlledResources: list(string) }))
    })
  })
})

/** What it sets unless it is told to set less: it recommends nothing else (vertical-pod-autoscaler/pkg/apis/autoscaling.k8s.io/v1/types.go). */
const usual: readonly string[] = ['cpu', 'memory']

/** Texts of their own, which thousands of objects share. */
const modes = ['Off', 'Initial', 'Recreate', 'InPlaceOrRecreate', 'Auto'] as const
const none: VerticalAutoscaler['containers'] = []

/** Throws MalformedObject, which names the field. */
export function parseVerticalAutoscaler(raw: unknown): VerticalAutoscaler {
  expectShape(verticalAutoscaler, raw)
  const { metadata: { name = '', namespace = '' } = {}, spec = {} } = raw
  const { targetRef = {}, updatePolicy = {}, resourcePolicy: { containerPolicies = [] } = {} } = spec
  const { updateMode = '' } = updatePolicy
  return {
    name,
    target: verticalTargetKey({ namespace, kind: targetRef.kind ?? '', name: targetRef.name ?? '' }),
    mode: modes.find((mode) => mode === updateMode) ?? (updateMode === '' ? 'Recreate' : updateMode),
    containers:
      containerPolicies.length === 0
        ? none
        : containerPolicies.map(({ containerName = '', mode, controlledResources = usual }) => {
            return {
              name: containerName,
              resources: mode === 'Off' ? [] : usual.filter((one) => controlledResources.includes(one))
            }
          })
  }
}

/** What it targets as one text, to look up by. No part can have a slash in it. */
export function verticalTargetKey({
  namespace,
  kind,
  name
}: {
  namespace: string
  kind: string
  name: string
}): string {
  return `${namespace}/${kind}/${name}`
}

/** Whether it sets the request of a container for a resource when a pod is created, whatever the template says. */
export function setsRequest(one: VerticalAutoscaler, container: string, resource: string): boolean {
  if (one.mode === 'Off') return false
  const { resources = usual } = policyFor(one.containers, container) ?? policyFor(one.containers, '*') ?? {}
  return resources.includes(resource)
}

type Policies = VerticalAutoscaler['containers']

/** By the name of the container. A pod may have as many containers as it has policies, and each is asked for. */
const byContainer = new WeakMap<Policies, ReadonlyMap<string, Policies[number]>>()

/** The first policy of that name. */
function policyFor(policies: Policies, container: string): Policies[number] | undefined {
  if (policies.length < 8) return policies.find(({ name }) => name === container)
  let found = byContainer.get(policies)
  if (found === undefined) {
    found = new Map(policies.toReversed().map((policy) => [policy.name, policy]))
    byContainer.set(policies, found)
  }
  return found.get(container)
}

/** Whether it changes the request while pods run, by restarts or in place. */
export function keepsChanging(one: VerticalAutoscaler, container: string, resource: string): boolean {
  return one.mode !== 'Initial' && setsRequest(one, container, resource)
}
