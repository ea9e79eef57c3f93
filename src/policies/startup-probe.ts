import { handlerViolation } from '../engine/handler-violation.ts'
import { definePolicy } from '../engine/policy.ts'
import { certain, type Violation } from '../engine/violation.ts'
import { joined, violationsIn } from '../engine/violations-in.ts'
import { hookedContainers, mainContainers, type PlacedContainer } from '../kube/containers.ts'
import { faultOfProbe } from '../kube/handler-fault.ts'
import { probeTiming } from '../kube/probe.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const startupProbe = definePolicy({
  id: 'startup-probe',
  title: 'Slow starts have a startup probe, and it can pass',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet'],
  parameters: {
    delaySeconds: {
      type: 'integer',
      description: 'Longest initial delay of a liveness probe, in seconds, that needs no startup probe',
      minimum: 0,
      maximum: 3600,
      default: 30
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  check({ subject, parameters: { delaySeconds } }) {
    return joined(
      violationsIn(mainContainers(subject.podSpec), (one) => delayed(subject, one, delaySeconds)),
      violationsIn(hookedContainers(subject.podSpec), (one) => faulty(subject, one))
    )
  }
})

/** A delay is the same at every start; a startup probe ends as soon as it passes. */
function delayed(subject: Workload, { container, at }: PlacedContainer, most: number): Violation | undefined {
  const { livenessProbe } = container
  if (livenessProbe === undefined || container.startupProbe !== undefined) return undefined
  const { delay } = probeTiming(livenessProbe)
  if (delay <= most) return undefined
  const field = podField(subject, `${at}.livenessProbe.initialDelaySeconds`)
  const problem = `after every start, liveness checks nothing for ${delay} s`
  return certain({ field, problem, fix: 'use a startupProbe instead, which ends as soon as it passes' })
}

/** No other probe runs before the startup probe has passed, of a native sidecar no other container. */
function faulty(subject: Workload, { container, at }: PlacedContainer): Violation | undefined {
  const { startupProbe: probe } = container
  const fault = probe === undefined ? undefined : faultOfProbe(probe, container)
  if (fault === undefined) return undefined
  return handlerViolation(fault, podField(subject, `${at}.startupProbe`), 'the probe never passes')
}
