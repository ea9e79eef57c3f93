import type { Fact } from '../inventory/fact.ts'
import type { Neighbours } from '../inventory/facts/neighbours.ts'
import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { joined } from '../engine/violations-in.ts'
import { selectorIsEmpty } from '../kube/label-selector.ts'
import { antiAffinityTerms, constraintCounts, isMeantForOthers, type PlacedTerm, selectsOwn } from '../kube/spread.ts'
import { podField, type Workload } from '../kube/workload.ts'

const fix = 'use the labels of the pod template'

export const spreadSelectsOwnPods = definePolicy({
  id: 'spread-selects-own-pods',
  title: 'Spread constraints and anti-affinity select the pods that carry them',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'],
  needs: ['neighbours'],
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  check({ subject, facts: { neighbours } }) {
    return joined(constraintViolations(subject), termViolations(subject, neighbours))
  }
})

/** Next to a constraint that counts its own pods, one that counts other pods avoids them on purpose. */
function constraintViolations(subject: Workload): Violation[] {
  const { topologySpreadConstraints = [] } = subject.podSpec
  if (topologySpreadConstraints.length === 0) return []
  const meant = topologySpreadConstraints.some((constraint) => constraintCounts(constraint, subject.podLabels))
  return topologySpreadConstraints.flatMap((constraint, index) => {
    const { labelSelector } = constraint
    const acts = labelSelector !== undefined && !selectorIsEmpty(labelSelector)
    if (constraintCounts(constraint, subject.podLabels) || (meant && acts)) return []
    const field = podField(subject, `topologySpreadConstraints[${index}].labelSelector`)
    return [certain({ field, problem: 'does not select the pods it spreads', fix })]
  })
}

/** Next to a term that repels its own pods, one that repels other pods is meant for them. */
function termViolations(subject: Workload, neighbours: Fact<Neighbours>): Violation[] {
  const all = antiAffinityTerms(subject.podSpec)
  if (all.length === 0) return []
  const terms = all.filter(({ term }) => !isMeantForOthers(term, subject.metadata.namespace))
  const strangers = terms.filter(({ term }) => !selectsOwn(term.labelSelector, subject.podLabels))
  const meant = strangers.length < terms.length
  return strangers.flatMap((placed) => {
    return meant && placed.term.labelSelector !== undefined ? [] : termViolation(subject, placed, neighbours)
  })
}

/** A term that repels other workloads is valid. A term that misses its own pods may be meant for a neighbour, even a future one. */
function termViolation(subject: Workload, { term, at }: PlacedTerm, neighbours: Fact<Neighbours>): Violation[] {
  const field = podField(subject, `${at}.labelSelector`)
  if (term.labelSelector === undefined)
    return [certain({ field, problem: 'missing, so the term selects no pods', fix })]
  const isForNeighbour = neighbours.known ? neighbours.value.someSelectedBy(term.labelSelector) : neighbours
  if (isForNeighbour.known && isForNeighbour.value) return []
  const shortfall = { field, problem: 'selects pods other than its own', fix }
  return [uncertain(isForNeighbour.known ? 'intent' : 'neighbours', shortfall)]
}
