import { definePolicy } from '../engine/policy.ts'
import { certain, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import { violationsIn } from '../engine/violations-in.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { hookedContainers, type PlacedContainer } from '../kube/containers.ts'
import { isGiven } from '../kube/limit-range.ts'
import { type Amounts, amountsIn } from '../kube/requests.ts'
import { setsRequest } from '../kube/vertical-autoscaler.ts'
import { podField, type Workload } from '../kube/workload.ts'

const resources = ['cpu', 'memory'] as const

export const resourceRequests = definePolicy({
  id: 'resource-requests',
  title: 'Containers request the CPU and the memory that they need',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod'],
  needs: ['limitRanges', 'verticalAutoscalers'],
  parameters: {
    memoryLimit: {
      type: 'choice',
      description: 'Whether a container without a memory limit is a warning: `off`, or `advised`',
      choices: ['off', 'advised'],
      default: 'off'
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'required' },
  check({ subject, facts, parameters: { memoryLimit } }) {
    return violationsIn(hookedContainers(subject.podSpec), (placed) => {
      const lacking = lackedBy(placed, subject, facts)
      if (lacking !== undefined || memoryLimit === 'off') return lacking
      return unlimited(placed, subject, facts.limitRanges)
    })
  }
})

/** A limit is also the request where there is none. What the pod requests as a whole is for all its containers. */
function lackedBy({ container, at }: PlacedContainer, subject: Workload, facts: Reads): Violation | undefined {
  const { name = '' } = container
  const own = amountsIn(container.resources)
  if (resources.every((resource) => states(own, resource))) return undefined
  const ofPod = amountsIn(subject.podSpec.resources)
  const missing = resources.filter((resource) => !states(own, resource) && !states(ofPod, resource))
  const lacked = missing.filter((resource) => !isFilledIn(name, resource, facts))
  if (lacked.length === 0) return undefined
  const shortfall = {
    field: podField(subject, `${at}.resources.requests`),
    problem: `requests ${lacked.map((resource) => `no ${resource}`).join(' and ')}`,
    fix: lacked.length === 1 ? 'request it' : 'request both'
  }
  return judged(shortfall, facts)
}

type Reads = Pick<Facts, 'limitRanges' | 'verticalAutoscalers'>

function states({ requests, limits }: Amounts, resource: string): boolean {
  return Object.hasOwn(requests, resource) || Object.hasOwn(limits, resource)
}

function isFilledIn(container: string, resource: string, { limitRanges, verticalAutoscalers }: Reads): boolean {
  if (limitRanges.known && isGiven('requests', resource, limitRanges.value)) return true
  return verticalAutoscalers.known && verticalAutoscalers.value.some((one) => setsRequest(one, container, resource))
}

function judged(shortfall: Shortfall, { limitRanges, verticalAutoscalers }: Reads): Violation {
  if (!limitRanges.known) return uncertain('limitRanges', shortfall)
  return verticalAutoscalers.known ? certain(shortfall) : uncertain('verticalAutoscalers', shortfall)
}

/** Whether it is a mistake that one container may take all memory of its node depends on what else runs there. */
function unlimited(
  { container, at }: PlacedContainer,
  subject: Workload,
  limitRanges: Facts['limitRanges']
): Violation | undefined {
  const isLimited = [container.resources, subject.podSpec.resources].some((amounts) => {
    return Object.hasOwn(amountsIn(amounts).limits, 'memory')
  })
  if (isLimited || (limitRanges.known && isGiven('limits', 'memory', limitRanges.value))) return undefined
  const field = podField(subject, `${at}.resources.limits`)
  return uncertain('intent', { field, problem: 'has no memory limit', fix: 'set one' })
}
