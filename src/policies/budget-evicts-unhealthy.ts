import { definePolicy } from '../engine/policy.ts'
import { certain } from '../engine/violation.ts'
import { hasUnhealthyPodEviction } from '../kube/server-version.ts'

const at = 'unhealthyPodEvictionPolicy'
const wanted = 'AlwaysAllow'

export const budgetEvictsUnhealthy = definePolicy({
  id: 'budget-evicts-unhealthy',
  title: 'A budget allows the eviction of pods that are not ready',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget'],
  needs: ['serverVersion'],
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  injects: [at],
  check({ subject: { spec }, facts: { serverVersion } }) {
    // An explicit IfHealthyBudget is a choice: some data is only safe while enough replicas are healthy.
    if (spec.unhealthyPodEvictionPolicy !== undefined) return []
    const field = `spec.${at}`
    const problem = 'missing, so crashing pods block drains'
    const fix = `set it to ${wanted}`
    if (!serverVersion.known) return [certain({ field, problem: `${problem} (server version unknown)`, fix })]
    if (hasUnhealthyPodEviction(serverVersion.value)) return [certain({ field, problem, fix })]
    const { major, minor } = serverVersion.value
    return [
      certain({
        field,
        problem: `missing, and server ${major}.${minor} drops the field`,
        fix: `${fix} once the server is 1.27 or later`
      })
    ]
  },
  remedy({ subject: { spec }, facts: { serverVersion } }) {
    const valid = serverVersion.known && hasUnhealthyPodEviction(serverVersion.value)
    return valid && spec.unhealthyPodEvictionPolicy === undefined ? [{ at, value: wanted }] : []
  }
})
