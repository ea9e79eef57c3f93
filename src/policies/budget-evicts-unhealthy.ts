import { definePolicy } from '../engine/policy.ts'
import { hasUnhealthyPodEviction } from '../kube/server-version.ts'

const at = 'unhealthyPodEvictionPolicy'
const wanted = 'AlwaysAllow'

export const budgetEvictsUnhealthy = definePolicy({
  id: 'budget-evicts-unhealthy',
  title: 'A budget does not keep pods that are not ready from being evicted',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget'],
  needs: ['serverVersion'],
  parameters: {},
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  injects: [at],
  check({ subject: { spec }, facts: { serverVersion } }) {
    // Whoever writes IfHealthyBudget means it: data that is only safe while enough replicas are.
    if (spec.unhealthyPodEvictionPolicy !== undefined) return []
    const field = `spec.${at}`
    const fix = `set it to ${wanted}`
    if (!serverVersion.known) return [{ field, problem: 'missing (server version unknown)', fix }]
    const { major, minor } = serverVersion.value
    if (hasUnhealthyPodEviction(serverVersion.value))
      return [{ field, problem: 'missing: crashing pods block drains', fix }]
    return [{ field, problem: `missing (server ${major}.${minor} drops it)`, fix: `${fix} from 1.27 on` }]
  },
  remedy({ subject: { spec }, facts: { serverVersion } }) {
    const valid = serverVersion.known && hasUnhealthyPodEviction(serverVersion.value)
    return valid && spec.unhealthyPodEvictionPolicy === undefined ? [{ at, value: wanted }] : []
  }
})
