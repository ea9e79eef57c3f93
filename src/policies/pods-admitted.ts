import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { allContainers, hookedContainers } from '../kube/containers.ts'
import {
  amountsInPod,
  type Breach,
  breachOf,
  breachOfPod,
  limitsOf,
  type PodAmounts
} from '../kube/namespace-limits.ts'
import type { PodSpec } from '../kube/pod.ts'
import { systemClasses } from '../kube/priority-class.ts'
import { countsPods, isBestEffort, isStated, type Quota } from '../kube/quota.ts'
import { isPodLevel } from '../kube/requests.ts'
import { podField, type Workload } from '../kube/workload.ts'

/** A Pod of its own is refused when it is sent, and whoever sends it is told. */
export const podsAdmitted = definePolicy({
  id: 'pods-admitted',
  title: 'The API server admits the pods, too',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'],
  needs: ['priorityClasses', 'quotas', 'limitRanges', 'verticalAutoscalers'],
  profiles: { baseline: 'advised', standard: 'advised', critical: 'advised' },
  // Whoever may write the class, the quota or the LimitRange can make room for the pods.
  atMost: 'advised',
  check({ subject, facts }) {
    return [...missingClass(subject, facts.priorityClasses), ...refusedAmounts(subject, facts)]
  }
})

function missingClass(subject: Workload, classes: Facts['priorityClasses']): Violation[] {
  const { priorityClassName = '' } = subject.podSpec
  if (priorityClassName === '' || systemClasses.has(priorityClassName)) return []
  if (!classes.known || classes.value.has(priorityClassName)) return []
  const problem = `PriorityClass ${nameText(priorityClassName)} does not exist, so no pod is created`
  const shortfall = { field: podField(subject, 'priorityClassName'), problem, fix: 'create it, or name another' }
  return [uncertain('later-objects', shortfall, 'on-update')]
}

type Reads = Pick<Facts, 'quotas' | 'limitRanges' | 'verticalAutoscalers'>

/** At most one finding for each container, or one for all together. */
function refusedAmounts(subject: Workload, { quotas, limitRanges, verticalAutoscalers }: Reads): Violation[] {
  // A VerticalPodAutoscaler writes other amounts into the pods, within the limits of their namespace.
  if (!limitRanges.known || !verticalAutoscalers.known) return []
  if (verticalAutoscalers.value.some(({ mode }) => mode !== 'Off')) return []
  if (limitRanges.value.length === 0 && !(quotas.known && quotas.value.length > 0)) return []
  const limits = limitsOf(limitRanges.value)
  const all = allContainers(subject.podSpec).map(({ container, at }) => {
    return { at, amounts: amountsInPod(container.resources, limits) }
  })
  const asked = quotas.known ? statedBy(quotas.value, subject.podSpec, all) : new Map<string, string>()
  const found = all.flatMap(({ at, amounts }): Violation[] => {
    const lacking = [...asked.keys()].filter((resource) => !isStated(resource, amounts))
    if (lacking.length > 0) return [unstatedIn(podField(subject, `${at}.resources`), lacking, asked)]
    const breach = breachOf(amounts, limits)
    return breach === undefined ? [] : [breaching(podField(subject, `${at}.resources.${breach.in}`), breach)]
  })
  if (found.length > 0 || isPodLevel(subject.podSpec)) return found
  const running = hookedContainers(subject.podSpec).map(({ container }) => amountsInPod(container.resources, limits))
  const everything = all.map(({ amounts }) => amounts)
  const breach = breachOfPod(running, everything, limits)
  return breach === undefined ? [] : [breachingTogether(podField(subject, 'containers'), breach)]
}

/** What each container has to state, each with the ResourceQuota that asks for it. */
function statedBy(
  quotas: readonly Quota[],
  podSpec: PodSpec,
  all: readonly { amounts: PodAmounts }[]
): ReadonlyMap<string, string> {
  const asked = new Map<string, string>()
  // For a pod that states amounts as a whole nothing is asked (kubernetes pkg/quota/v1/evaluator/core/pods.go, Constraints).
  if (isPodLevel(podSpec)) return asked
  const bestEffort = isBestEffort(all.map(({ amounts }) => amounts))
  for (const quota of quotas) {
    if (!countsPods(quota, podSpec, bestEffort)) continue
    for (const resource of quota.stated) if (!asked.has(resource)) asked.set(resource, quota.name)
  }
  return asked
}

/** Of several quotas it names the first. */
function unstatedIn(field: string, lacking: readonly string[], asked: ReadonlyMap<string, string>): Violation {
  const name = asked.get(lacking[0] ?? '') ?? ''
  const its = lacking.filter((resource) => asked.get(resource) === name)
  const problem = `ResourceQuota ${nameText(name)} refuses its pods without ${its.join(', ')}`
  return certain({ field, problem, fix: its.length === 1 ? 'state it' : 'state them' })
}

/** All containers of a pod: a maximum is the only thing that they are judged by. */
function breachingTogether(field: string, { range, resource, in: side, breaks, bound }: Breach): Violation {
  const refuses = `so LimitRange ${nameText(range)} refuses its pods`
  if (breaks === 'presence') {
    return certain({ field, problem: `no container has a ${resource} limit, ${refuses}`, fix: 'set one' })
  }
  const problem = `the ${resource} ${side} add up to more than ${nameText(bound)}, ${refuses}`
  return certain({ field, problem, fix: 'lower them' })
}

function breaching(field: string, { range, resource, in: side, breaks, bound }: Breach): Violation {
  const [what, name, most] = [`${resource} ${side.slice(0, -1)}`, nameText(range), nameText(bound)]
  const refuses = `so LimitRange ${name} refuses its pods`
  if (breaks === 'max') return certain({ field, problem: `the ${what} is over ${most}, ${refuses}`, fix: 'lower it' })
  if (breaks === 'min') return certain({ field, problem: `the ${what} is under ${most}, ${refuses}`, fix: 'raise it' })
  if (breaks === 'ratio') {
    const problem = `the ${what} is more than ${most} times the request, ${refuses}`
    return certain({ field, problem, fix: 'raise the request' })
  }
  if (breaks === 'presence') return certain({ field, problem: `there is no ${what}, ${refuses}`, fix: 'set one' })
  const problem = `LimitRange ${name} sets a ${what} of ${most}, less than the request, so no pod is created`
  return certain({ field, problem, fix: 'set a limit' })
}
