import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { takesHostPorts } from '../kube/containers.ts'
import { percentOf, resolveIntOrPercent } from '../kube/int-or-percent.ts'
import { defaultFencepost, resolveFenceposts } from '../kube/rollout.ts'
import type { Workload } from '../kube/workload.ts'

export const rolloutKeepsCapacity = definePolicy({
  id: 'rollout-keeps-capacity',
  title: 'A rollout reaches every pod and keeps other pods serving',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet'],
  needs: ['autoscaler'],
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  check({ subject, facts: { autoscaler } }) {
    const { replicas = 1 } = subject
    if (replicas === 0) return []
    const floor = autoscaler.known ? (autoscaler.value?.minReplicas ?? 0) : 0
    return violationsOf(subject, { least: Math.max(replicas, floor), isSure: autoscaler.known })
  }
})

type Rolled = Workload<'Deployment'> | Workload<'StatefulSet'>

/** The fewest pods that run, and whether this number is sure: an unknown autoscaler may run more. */
interface Pods {
  least: number
  isSure: boolean
}

const fields = { Deployment: 'spec.strategy', StatefulSet: 'spec.updateStrategy' }

function violationsOf(subject: Rolled, pods: Pods): Violation[] {
  const { type = 'RollingUpdate' } = subject.strategy
  const field = `${fields[subject.kind]}.type`
  const fix = 'use RollingUpdate'
  if (type === 'OnDelete') return [certain({ field, problem: 'OnDelete never rolls out a change', fix })]
  if (subject.kind === 'Deployment' && mayStopFirst(subject, pods.least)) return []
  if (type === 'Recreate') {
    return [certain({ field, problem: 'Recreate stops every pod before it starts a new one', fix })]
  }
  return [...capacity(subject, pods), ...forgottenPartition(subject, pods.least)]
}

/**
 * One pod with a claim cannot overlap with its successor if the volume attaches only once. Neither can one pod with a host port on the
 * same node. Stopping it first is right.
 */
function mayStopFirst({ podSpec }: Rolled, replicas: number): boolean {
  const claims = (podSpec.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined)
  return replicas === 1 && (claims || takesHostPorts(podSpec))
}

/** A StatefulSet rolls by stopping its only pod; no setting avoids that. */
function capacity(subject: Rolled, { least, isSure }: Pods): Violation[] {
  const unavailable = unavailableOf(subject, least)
  if (unavailable === undefined || unavailable < least) return []
  if (subject.kind === 'StatefulSet' && least === 1) return []
  const { maxUnavailable = defaultFencepost } = subject.strategy.rollingUpdate ?? {}
  const shortfall = {
    field: `${fields[subject.kind]}.rollingUpdate.maxUnavailable`,
    problem: 'a rollout may stop all pods at once',
    fix: subject.kind === 'Deployment' ? 'set it to 0, and maxSurge to 1' : 'set it to 1'
  }
  const isCertain = isSure || (percentOf(maxUnavailable) ?? 0) >= 100
  return [isCertain ? certain(shortfall) : uncertain('autoscaler', shortfall)]
}

/** How many of `replicas` pods a rolling update may stop at once. */
function unavailableOf({ kind, strategy }: Rolled, replicas: number): number | undefined {
  const { maxSurge = defaultFencepost, maxUnavailable, partition = 0 } = strategy.rollingUpdate ?? {}
  if (kind === 'Deployment') {
    return resolveFenceposts(maxSurge, maxUnavailable ?? defaultFencepost, replicas)?.unavailable
  }
  const count = maxUnavailable === undefined ? 1 : resolveIntOrPercent(maxUnavailable, replicas, 'down')
  return count === undefined ? undefined : Math.min(Math.max(1, count), Math.max(0, replicas - partition))
}

/** A partition above all pods stages an update on purpose, or was forgotten; we cannot tell which. */
function forgottenPartition({ kind, strategy }: Rolled, replicas: number): Violation[] {
  const partition = strategy.rollingUpdate?.partition ?? 0
  if (kind !== 'StatefulSet' || partition < replicas) return []
  const problem = `with partition ${partition} of ${replicas}, a rollout updates no pod`
  const field = `${fields[kind]}.rollingUpdate.partition`
  return [uncertain('intent', { field, problem, fix: 'leave it out' })]
}
