import { definePolicy } from '../engine/policy.ts'
import { certain, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { percentOf, resolveIntOrPercent } from '../kube/int-or-percent.ts'
import { mostReplicas } from '../kube/most-replicas.ts'
import { defaultFencepost, resolveFenceposts } from '../kube/rollout.ts'
import { mayShare, mayStopFirst } from '../kube/stop-first.ts'
import { trafficContainers } from '../kube/traffic-containers.ts'
import type { Workload } from '../kube/workload.ts'

export const rolloutKeepsCapacity = definePolicy({
  id: 'rollout-keeps-capacity',
  title: 'A rollout reaches every pod and keeps other pods serving',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet'],
  needs: ['autoscaler', 'claims', 'services'],
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  check({ subject, facts, amended }) {
    const { replicas = 1 } = subject
    if (replicas === 0) return []
    const { autoscaler } = facts
    const driver = autoscaler.known ? autoscaler.value : null
    const least = Math.max(replicas, driver?.minReplicas ?? 0)
    const isAlone = least === 1 && mostReplicas(replicas, driver) === 1
    const claims = facts.claims.known ? facts.claims.value : undefined
    const mayStop = (amended('v2') ? mayStopFirst : mayShare)(subject, { count: least, claims })
    return violationsOf(subject, { least, isAlone, isSure: autoscaler.known, mayStop }, facts)
  }
})

type Rolled = Workload<'Deployment'> | Workload<'StatefulSet'>
type Around = Pick<Facts, 'services'>

interface Pods {
  /** The fewest that run. */
  least: number
  /** Whether no more than one runs, as far as is known. */
  isAlone: boolean
  /** Whether these are sure: an unknown autoscaler may run more. */
  isSure: boolean
  /** Whether they have a reason to stop first; undefined if a claim that is not known decides. */
  mayStop: boolean | undefined
}

const fields = { Deployment: 'spec.strategy', StatefulSet: 'spec.updateStrategy' }

function violationsOf(subject: Rolled, pods: Pods, around: Around): Violation[] {
  const { type = 'RollingUpdate' } = subject.strategy
  const field = `${fields[subject.kind]}.type`
  if (type === 'OnDelete') {
    return [uncertain('intent', { field, problem: 'OnDelete never rolls out a change', fix: 'use RollingUpdate' })]
  }
  if (type === 'Recreate') return stopsFirst(subject, pods, around, recreateShortfall(field, pods))
  return [...capacity(subject, pods, around), ...forgottenPartition(subject, pods.least)]
}

function recreateShortfall(field: string, { isAlone }: Pods): Shortfall {
  if (!isAlone) {
    const fix = 'use RollingUpdate if old and new pods may run at once'
    return { field, problem: 'Recreate stops every pod before it starts a new one', fix }
  }
  return { field, problem: `Recreate ${stopsTheOnlyPod}`, fix: 'use RollingUpdate if two may run at once' }
}

const stopsTheOnlyPod = 'stops the only pod before it starts a new one'

/**
 * Judges a Deployment that stops all its pods before it starts new ones. Of one pod this is a choice: two at once may be harmful, as for a
 * controller without leader election. The user is told only where the pod serves traffic, which stops meanwhile, or where an unknown
 * autoscaler may run more.
 */
function stopsFirst(subject: Rolled, pods: Pods, around: Around, shortfall: Shortfall): Violation[] {
  if (pods.mayStop === true) return []
  if (pods.mayStop === undefined) return [uncertain('claims', shortfall, 'on-update')]
  if (!pods.isAlone) return [certain(shortfall)]
  const { services } = around
  const traffic = trafficContainers(subject.podSpec, services.known ? services.value : undefined)
  if (traffic.some(({ doubt }) => doubt === undefined)) return [uncertain('intent', shortfall)]
  if (!pods.isSure) return [uncertain('autoscaler', shortfall)]
  return traffic.length > 0 ? [uncertain(services.known ? 'intent' : 'services', shortfall, 'never')] : []
}

/** A StatefulSet rolls by stopping its only pod; no setting avoids that. */
function capacity(subject: Rolled, pods: Pods, around: Around): Violation[] {
  const { least, isSure, isAlone, mayStop } = pods
  const unavailable = unavailableOf(subject, least)
  if (unavailable === undefined || unavailable < least) return []
  const { maxSurge = defaultFencepost, maxUnavailable = defaultFencepost } = subject.strategy.rollingUpdate ?? {}
  const field = `${fields[subject.kind]}.rollingUpdate.maxUnavailable`
  const problem = 'a rollout may stop all pods at once'
  if (subject.kind === 'StatefulSet') {
    return least === 1 ? [] : [sureOf({ field, problem, fix: 'set it to 1' }, maxUnavailable, isSure)]
  }
  const fix = 'set it to 0, and maxSurge to 1'
  if (isAlone && resolveIntOrPercent(maxSurge, 1, 'up') === 0) {
    const alone = { field, problem: `a rollout ${stopsTheOnlyPod}`, fix: `if two may run at once, ${fix}` }
    return stopsFirst(subject, pods, around, alone)
  }
  if (mayStop === true) return []
  const shortfall = { field, problem, fix }
  return [
    mayStop === undefined ? uncertain('claims', shortfall, 'on-update') : sureOf(shortfall, maxUnavailable, isSure)
  ]
}

/** A percentage of all pods is all of them, however many an unknown autoscaler runs. */
function sureOf(shortfall: Shortfall, maxUnavailable: number | string, isSure: boolean): Violation {
  const isCertain = isSure || (percentOf(maxUnavailable) ?? 0) >= 100
  return isCertain ? certain(shortfall) : uncertain('autoscaler', shortfall)
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
