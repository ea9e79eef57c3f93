import { definePolicy } from '../engine/policy.ts'
import { certain } from '../engine/violation.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { attachesOnce, sharedClaims } from '../kube/claim.ts'
import { lostNodeTaints, secondsOnLostNode, secondsUntilLost } from '../kube/lost-node.ts'
import { podField, type Workload } from '../kube/workload.ts'

const at = 'tolerations'

export const fastFailover = definePolicy({
  id: 'fast-failover',
  title: 'The pods of a lost node are replaced soon',
  since: 'v2',
  appliesTo: ['Deployment'],
  needs: ['claims'],
  parameters: {
    seconds: {
      type: 'integer',
      description:
        'Seconds that pods may stay bound to a lost node, from the moment that the control plane calls it lost',
      minimum: 30,
      maximum: 300,
      default: 60
    },
    inject: {
      type: 'choice',
      description: 'Whether repairs add the tolerations to a pod spec that has none',
      choices: ['off', 'on'],
      default: 'off'
    }
  },
  profiles: { baseline: 'off', standard: 'off', critical: 'advised' },
  injects: [at],
  check({ subject, facts, parameters: { seconds } }) {
    const stays = secondsToSave(subject, facts, seconds)
    if (stays === undefined) return []
    const problem = `pods of a lost node are replaced after about ${secondsUntilLost + stays} s`
    const fix = `tolerate not-ready and unreachable for ${seconds} s`
    return [certain({ field: podField(subject, at), problem, fix })]
  },
  remedy({ subject, facts, parameters: { seconds, inject } }) {
    // A list is replaced as a whole by whoever applies it, so what is added to a list of a person's would not stay.
    if (inject === 'off' || subject.podSpec.tolerations !== undefined) return []
    if (secondsToSave(subject, facts, seconds) === undefined) return []
    const value = lostNodeTaints.map(({ key, effect }) => {
      return { key, operator: 'Exists', effect, tolerationSeconds: seconds }
    })
    return [{ at, value }]
  }
})

/**
 * How long pods stay bound to a lost node, if that is longer than it may be and a shorter time would help. Undefined for tolerations
 * without an end: leaves-drained-node judges those.
 */
function secondsToSave(subject: Workload, { claims }: Pick<Facts, 'claims'>, seconds: number): number | undefined {
  const stays = secondsOnLostNode(subject.podSpec)
  if (stays <= seconds || stays === Infinity || subject.replicas === 0) return undefined
  return maybeWaitsForVolume(subject, claims) ? undefined : stays
}

/**
 * Whether a new pod may wait for the volume of the lost one: it stays attached to the lost node while the old pod is terminating, which
 * only the kubelet of that node ends (kubernetes pkg/controller/volume/attachdetach).
 */
function maybeWaitsForVolume(subject: Workload, claims: Facts['claims']): boolean {
  return sharedClaims(subject).some((name) => {
    const claim = claims.known ? claims.value.get(name) : undefined
    return claim === undefined || attachesOnce(claim)
  })
}
