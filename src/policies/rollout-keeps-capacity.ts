import { definePolicy, type Violation } from '../engine/policy.ts'
import { percentOf, resolveIntOrPercent } from '../kube/int-or-percent.ts'
import { defaultFencepost, resolveFenceposts } from '../kube/rollout.ts'
import type { Workload } from '../kube/workload.ts'

type Rolled = Workload<'Deployment'> | Workload<'StatefulSet'>

/** How many pods a rolling update may take away at once. */
function unavailableOf({ kind, strategy, replicas = 1 }: Rolled): number | undefined {
  const { maxSurge = defaultFencepost, maxUnavailable } = strategy.rollingUpdate ?? {}
  if (kind === 'Deployment') {
    return resolveFenceposts(maxSurge, maxUnavailable ?? defaultFencepost, replicas)?.unavailable
  }
  const count = maxUnavailable === undefined ? 1 : resolveIntOrPercent(maxUnavailable, replicas, 'down')
  return count === undefined ? undefined : Math.max(1, count)
}

/** Taking the only pod of a StatefulSet away is how it rolls; there is nothing else to write. */
function capacity(subject: Rolled, at: string): Violation[] {
  const { kind, replicas = 1, strategy } = subject
  const unavailable = unavailableOf(subject)
  if (unavailable === undefined || replicas === 0 || unavailable < replicas) return []
  if (kind === 'StatefulSet' && replicas === 1) return []
  const { maxUnavailable = defaultFencepost } = strategy.rollingUpdate ?? {}
  const whatever = (percentOf(maxUnavailable) ?? 0) >= 100
  const violation = {
    field: `${at}.rollingUpdate.maxUnavailable`,
    problem: 'may stop all pods at once',
    fix: kind === 'Deployment' ? 'set it to 0, maxSurge to 1' : 'set it to 1'
  }
  return whatever ? [violation] : [{ ...violation, unless: 'autoscaler' }]
}

function forgotten({ strategy, replicas = 1 }: Rolled, at: string): Violation[] {
  const partition = strategy.rollingUpdate?.partition ?? 0
  if (partition === 0 || replicas === 0 || partition < replicas) return []
  const problem = `is ${partition} of ${replicas}: a rollout updates no pod`
  return [{ field: `${at}.rollingUpdate.partition`, problem, fix: 'leave it out', unless: 'autoscaler' }]
}

/** One pod with a claim cannot overlap with its successor where the volume attaches once: stopping it first is right. */
function mayRecreate({ replicas, podSpec }: Rolled): boolean {
  return (
    replicas === 1 && (podSpec.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined)
  )
}

function violationsOf(subject: Rolled): Violation[] {
  const at = subject.kind === 'Deployment' ? 'spec.strategy' : 'spec.updateStrategy'
  const { type = 'RollingUpdate' } = subject.strategy
  const fix = 'use RollingUpdate'
  if (type === 'Recreate') {
    if (mayRecreate(subject)) return []
    return [{ field: `${at}.type`, problem: 'Recreate stops every pod before it starts a new one', fix }]
  }
  if (type === 'OnDelete') return [{ field: `${at}.type`, problem: 'OnDelete never rolls a change out', fix }]
  return [...capacity(subject, at), ...(subject.kind === 'StatefulSet' ? forgotten(subject, at) : [])]
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
    return violationsOf(subject).map(({ unless, ...violation }) => {
      return unless === undefined || autoscaler.known ? violation : { ...violation, unless }
    })
  }
})
