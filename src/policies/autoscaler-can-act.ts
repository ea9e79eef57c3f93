import type { Facts } from '../engine/facts.ts'
import { definePolicy, type Violation } from '../engine/policy.ts'
import { type Autoscaler, boundFields, isAutoscaler } from '../kube/autoscaler.ts'
import { hookedContainers } from '../kube/containers.ts'
import { requesting, unmeasurable } from '../kube/requests.ts'
import { faultOfTarget } from '../kube/scale-target.ts'
import { podField, type Workload } from '../kube/workload.ts'

const at = 'spec.scaleTargetRef'
const notSeen = ['what drives it is not seen', 'look for autoscalers'] as const

function doubtful(unless: string, field: string, problem: string, fix: string): Violation {
  return { field, problem, fix, unless }
}

/** To set both bounds alike is a way to hold an autoscaler still for a while. */
function bounds({ kind, minReplicas, maxReplicas }: Autoscaler): Violation[] {
  if (maxReplicas > minReplicas) return []
  const { min, max } = boundFields[kind]
  const [field, fix] = [`spec.${max}`, `set it over ${minReplicas}`]
  if (maxReplicas < minReplicas) return [{ field, problem: `is under ${min}`, fix }]
  return [doubtful('intention', field, `is ${min}, too: it never scales`, fix)]
}

/** A release may bring the target after its autoscaler. A LimitRange gives pods requests, other webhooks give them containers. */
function target({ kind, target: to, measured }: Autoscaler, workloads: Facts['workloads']): Violation[] {
  const fault = faultOfTarget(to)
  if (fault !== undefined) {
    const fix = fault === 'kind' ? 'name another' : 'use apps/v1'
    return [{ field: `${at}.${fault}`, problem: `names no ${to.kind} that can be scaled`, fix }]
  }
  if (!workloads.known) return [{ ...doubtful('workloads', at, 'is not seen', 'see that it is there'), quiet: true }]
  const [workload] = workloads.value
  if (workload === undefined) {
    const missing = doubtful('intention', `${at}.name`, `no ${to.kind} ${to.name} is there`, 'name one that is')
    return [{ ...missing, quiet: 'CREATE' }]
  }
  const field = `spec.${boundFields[kind].measured}`
  return unmeasurable(workload.containers, measured).map(({ resource, container, missing }) => {
    const who = container === '' ? 'the pod' : `container ${container}`
    if (missing === 'container') return doubtful('sidecars', field, `${who} is not there`, 'name another')
    return doubtful('limit range', field, `${who} requests no ${resource}`, 'set its request')
  })
}

/** Two that exchange their targets share one on the way. */
function rivals(autoscalers: Facts['autoscalers']): Violation[] {
  if (!autoscalers.known) return [{ ...doubtful('autoscalers', at, ...notSeen), quiet: true }]
  const [fix, spares] = ['remove one of them', 'UPDATE'] as const
  const drivers = autoscalers.value.map(({ kind, metadata: { name = '' } }) => `${kind} ${name}`)
  return drivers.map((driver) => ({ field: at, problem: `${driver} drives it, too`, fix, spares }))
}

/** What the autoscalers of a workload miss in it. */
function missed(subject: Workload, autoscalers: Facts['autoscalers']): Violation[] {
  const containers = podField(subject, 'containers')
  if (!autoscalers.known) return [{ ...doubtful('autoscalers', containers, ...notSeen), quiet: true }]
  const measured = autoscalers.value.flatMap((autoscaler) => autoscaler.measured)
  return unmeasurable(requesting(subject.podSpec), measured).map(({ resource, container, missing }) => {
    if (missing === 'container') return doubtful('sidecars', containers, `its autoscaler needs ${container}`, 'add it')
    const placed = hookedContainers(subject.podSpec).find((one) => one.container.name === container)
    const field = podField(subject, `${placed === undefined ? '' : `${placed.at}.`}resources.requests`)
    return doubtful('limit range', field, `its autoscaler needs ${resource}`, 'set it')
  })
}

export const autoscalerCanAct = definePolicy({
  id: 'autoscaler-can-act',
  title: 'An autoscaler has room, a target of its own, and what it measures',
  since: 'v1',
  appliesTo: ['HorizontalPodAutoscaler', 'ScaledObject', 'Deployment', 'StatefulSet'],
  needs: ['autoscalers', 'workloads'],
  parameters: {},
  profiles: { baseline: 'advised', standard: 'advised', critical: 'required' },
  injects: [],
  check({ subject, facts: { autoscalers, workloads } }) {
    if (!isAutoscaler(subject)) return missed(subject, autoscalers)
    return [...bounds(subject), ...target(subject, workloads), ...rivals(autoscalers)]
  }
})
