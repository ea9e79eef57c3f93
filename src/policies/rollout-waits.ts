import { definePolicy } from '../engine/policy.ts'
import { certain, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { mainContainers } from '../kube/containers.ts'
import type { Container } from '../kube/pod.ts'
import { patienceOf, probeTiming } from '../kube/probe.ts'
import { noDeadline } from '../kube/rollout.ts'
import { trafficContainers } from '../kube/traffic-containers.ts'
import type { Workload } from '../kube/workload.ts'

export const rolloutWaits = definePolicy({
  id: 'rollout-waits',
  title: 'A rollout notices that a release fails, and can be undone',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet'],
  needs: ['services'],
  parameters: {
    leastReadySeconds: {
      type: 'integer',
      description: 'Lowest minReadySeconds that passes; 0 asks for none',
      minimum: 0,
      maximum: 3600,
      default: 0
    },
    withoutReadiness: {
      type: 'choice',
      description: 'What to do about workloads whose containers have neither a readiness probe nor minReadySeconds',
      choices: ['accept', 'report'],
      default: 'accept',
      profiles: { critical: 'report' }
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  check({ subject, facts: { services }, parameters: { leastReadySeconds, withoutReadiness } }) {
    if (subject.replicas === 0) return []
    const { minReadySeconds = 0, revisionHistoryLimit } = subject.spec
    const ready = Math.max(minReadySeconds, leastReadySeconds)
    return [
      ...(revisionHistoryLimit === 0 ? [certain(noHistory)] : []),
      ...(subject.kind === 'Deployment' ? progress(subject, ready) : []),
      ...(minReadySeconds < ready ? [tooSoon(minReadySeconds, ready)] : []),
      ...(ready === 0 && withoutReadiness === 'report' ? blind(subject, services) : [])
    ]
  }
})

type Rolled = Workload<'Deployment'> | Workload<'StatefulSet'> | Workload<'DaemonSet'>

const noHistory: Shortfall = {
  field: 'spec.revisionHistoryLimit',
  problem: 'keeps no earlier revision, so a completed rollout cannot be undone',
  fix: 'leave it out, or set it to 2 or more'
}

const paused: Shortfall = {
  field: 'spec.paused',
  problem: 'while it is paused, no change rolls out, and none can be undone',
  fix: 'leave it out, or run kubectl rollout resume'
}

/** What the API server fills in (kubernetes pkg/apis/apps/v1/defaults.go). */
const defaultDeadline = 600

/** A paused Deployment has no deadline. */
function progress({ spec, podSpec }: Workload<'Deployment'>, minReady: number): Violation[] {
  if (spec.paused === true) return [uncertain('intent', paused)]
  const { progressDeadlineSeconds: deadline = defaultDeadline } = spec
  const field = 'spec.progressDeadlineSeconds'
  const needed = slowestStart(podSpec.containers) + minReady
  if (deadline === noDeadline) {
    const fix = `set it to ${Math.max(defaultDeadline, needed)}`
    return [certain({ field, problem: 'a rollout that is stuck is never reported', fix })]
  }
  if (deadline >= needed) return []
  const problem = `${deadline} s is shorter than a start that its probes allow (${needed} s)`
  return [certain({ field, problem, fix: `set it to ${needed} or more` })]
}

/** The seconds that a healthy container may take until it gets ready, as far as its probes tell. */
function slowestStart(containers: readonly Container[] = []): number {
  const starts = containers.map(({ startupProbe, readinessProbe }) => {
    if (startupProbe !== undefined) return probeTiming(startupProbe).delay + patienceOf(startupProbe)
    return readinessProbe === undefined ? 0 : probeTiming(readinessProbe).delay
  })
  return Math.max(0, ...starts)
}

const minReadyField = 'spec.minReadySeconds'

function tooSoon(seconds: number, least: number): Violation {
  const problem = `a new pod counts as available once it has been ready for ${seconds} s`
  return certain({ field: minReadyField, problem, fix: `set it to ${least} or more` })
}

/** Where a container serves traffic, `readiness-probe` asks for the probe. Pods that are stopped by hand, or all at once, are not waited for. */
function blind({ podSpec, strategy }: Rolled, services: Facts['services']): Violation[] {
  if (strategy.type === 'OnDelete' || strategy.type === 'Recreate') return []
  if (mainContainers(podSpec).some(({ container }) => container.readinessProbe !== undefined)) return []
  const traffic = trafficContainers(podSpec, services.known ? services.value : undefined)
  if (traffic.some(({ doubt }) => doubt === undefined)) return []
  const problem = 'a release that crashes after its start counts as available, and replaces every pod'
  const shortfall = { field: minReadyField, problem, fix: 'set it to 10, or add a readiness probe' }
  return [traffic.some(({ doubt }) => doubt === 'services') ? uncertain('services', shortfall) : certain(shortfall)]
}
