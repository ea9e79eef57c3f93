import type { Facts } from '../inventory/facts/index.ts'
import type { ExistingWorkload } from '../inventory/workloads.ts'
import { votersOf } from '../engine/api.ts'
import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, uncertain } from '../engine/violation.ts'
import { mayBeQuorum } from '../kube/quorum.ts'
import { hasUnhealthyPodEviction } from '../kube/server-version.ts'

const at = 'unhealthyPodEvictionPolicy'
const wanted = 'AlwaysAllow'

export const budgetEvictsUnhealthy = definePolicy({
  id: 'budget-evicts-unhealthy',
  title: 'A budget allows the eviction of pods that are not ready',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget'],
  needs: ['serverVersion', 'workloads'],
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  injects: [at],
  check({ subject: { spec }, facts: { serverVersion, workloads } }) {
    // An explicit IfHealthyBudget is a choice: some data is only safe while enough replicas are healthy.
    if (spec.unhealthyPodEvictionPolicy !== undefined) return []
    const field = `spec.${at}`
    const problem = 'missing, so crashing pods block drains'
    const eitherFix = `set it to ${wanted}, or to IfHealthyBudget for a quorum`
    const onOldServer = droppedBy(serverVersion)
    const later = onOldServer === undefined ? '' : ' once the server is 1.27 or later'
    if (!workloads.known) {
      const fix = onOldServer === undefined ? eitherFix : `set it${later}`
      return [uncertain('workloads', { field, problem: onOldServer ?? problem, fix })]
    }
    const quorum = selectedBy(workloads).find(isQuorum)
    if (quorum !== undefined) {
      const kind = quorum.kind === 'StatefulSet' ? quorum.kind : 'workload'
      const whose = `missing, so crashing pods of ${kind} ${nameText(quorum.metadata.name ?? '')} block drains`
      return [uncertain('intent', { field, problem: whose, fix: eitherFix })]
    }
    const fix = `set it to ${wanted}`
    if (!serverVersion.known) return [certain({ field, problem: `${problem} (server version unknown)`, fix })]
    return [certain({ field, problem: onOldServer ?? problem, fix: `${fix}${later}` })]
  },
  remedy({ subject: { spec }, facts: { serverVersion, workloads } }) {
    const valid = serverVersion.known && hasUnhealthyPodEviction(serverVersion.value)
    if (!valid || spec.unhealthyPodEvictionPolicy !== undefined) return []
    // In most releases the budget comes first: what is not there yet may be a quorum.
    const selected = selectedBy(workloads)
    return selected.length === 0 || selected.some(isQuorum) ? [] : [{ at, value: wanted }]
  }
})

/** The problem where the server drops the field; undefined where it does not, as far as is known. */
function droppedBy(version: Facts['serverVersion']): string | undefined {
  if (!version.known || hasUnhealthyPodEviction(version.value)) return undefined
  const { major, minor } = version.value
  return `missing, and server ${major}.${minor} drops the field`
}

/** None where they are unknown. */
function selectedBy(workloads: Facts['workloads']): readonly ExistingWorkload[] {
  return workloads.known ? workloads.value.filter(({ metadata }) => metadata.deletionTimestamp === undefined) : []
}

function isQuorum(workload: ExistingWorkload): boolean {
  return mayBeQuorum(workload, votersOf(workload.metadata))
}
