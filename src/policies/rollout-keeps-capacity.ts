import { definePolicy, type Violation } from '../engine/policy.ts'
import { takesHostPorts } from '../kube/containers.ts'
import { percentOf, resolveIntOrPercent } from '../kube/int-or-percent.ts'
import { defaultFencepost, resolveFenceposts } from '../kube/rollout.ts'
import type { Workload } from '../kube/workload.ts'

type Rolled = Workload<'Deployment'> | Workload<'StatefulSet'>

const fields = { Deployment: 'spec.strategy', StatefulSet: 'spec.updateStrategy' }

/** How many of `replicas` pods a rolling update may take away at once. */
function unavailableOf({ kind, strategy }: Rolled, replicas: number): number | undefined {
  const { maxSurge = defaultFencepost, maxUnavailable, partition = 0 } = strategy.rollingUpdate ?? {}
  if (kind === 'Deployment') {
    return resolveFenceposts(maxSurge, maxUnavailable ?? defaultFencepost, replicas)?.unavailable
  }
  const count = maxUnavailable === undefined ? 1 : resolveIntOrPercent(maxUnavailable, replicas, 'down')
  return count === undefined ? undefined : Math.min(Math.max(1, count), Math.max(0, replicas - partition))
}

/** Taking the only pod of a StatefulSet away is how it rolls; there is nothing else to write. */
function capacity(subject: Rolled, replicas: number): Violation[] {
  const unavailable = unavailableOf(subject, replicas)
  if (unavailable === undefined || unavailable < replicas) return []
  if (subject.kind === 'StatefulSet' && replicas === 1) return []
  const { maxUnavailable = defaultFencepost } = subject.strategy.rollingUpdate ?? {}
  const violation = {
    field: `${fields[subject.kind]}.rollingUpdate.maxUnavailable`,
    problem: 'may stop all pods at once',
    fix: subject.kind === 'Deployment' ? 'set it to 0, maxSurge to 1' : 'set it to 1'
  }
  return (percentOf(maxUnavailable) ?? 0) >= 100 ? [violation] : [{ ...violation, unless: 'autoscaler' }]
}

/** A partition above all pods stages an update on purpose, or was forgotten; nothing tells the two apart. */
function forgotten({ kind, strategy }: Rolled, replicas: number): Violation[] {
  const partition = strategy.rollingUpdate?.partition ?? 0
  if (kind !== 'StatefulSet' || partition < replicas) return []
  const problem = `is ${partition} of ${replicas}: a rollout updates no pod`
  return [{ field: `${fields[kind]}.rollingUpdate.partition`, problem, fix: 'leave it out', unless: 'intention' }]
}

/**
 * One pod with a claim cannot overlap with its successor where the volume attaches once, nor one with a port of its node where they
 * share the node: stopping it first is right.
 */
function mayStopFirst({ podSpec }: Rolled, replicas: number): boolean {
  const claims = (podSpec.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined)
  return replicas === 1 && (claims || takesHostPorts(podSpec))
}

function violationsOf(subject: Rolled, replicas: number): Violation[] {
  const { type = 'RollingUpdate' } = subject.strategy
  const field = `${fields[subject.kind]}.type`
  const fix = 'use RollingUpdate'
  if (type === 'OnDelete') return [{ field, problem: 'OnDelete never rolls a change out', fix }]
  if (subject.kind === 'Deployment' && mayStopFirst(subject, replicas)) return []
  if (type === 'Recreate') return [{ field, problem: 'Recreate stops every pod before it starts a new one', fix }]
  return [...capacity(subject, replicas), ...forgotten(subject, replicas)]
}

export const rolloutKeepsCapacity = definePolicy({
  id: 'rollout-keeps-capacity',
  title: 'A rollout reaches every pod and keeps others serving meanwhile',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet'],
  needs: ['autoscaler'],
  parameters: {},
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: [],
  check({ subject, facts: { autoscaler } }) {
    const { replicas = 1 } = subject
    if (replicas === 0) return []
    const floor = autoscaler.known ? (autoscaler.value?.minReplicas ?? 0) : 0
    return violationsOf(subject, Math.max(replicas, floor)).map(({ unless, ...violation }) => {
      const sure = unless === undefined || (unless === 'autoscaler' && autoscaler.known)
      return sure ? violation : { ...violation, unless }
    })
  }
})
