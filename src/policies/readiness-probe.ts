import type { Facts } from '../inventory/facts/index.ts'
import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { tcpPorts } from '../kube/containers.ts'
import { acceptingProbe, copiedProbe, keptProbe, stalePort } from '../kube/probe.ts'
import { type TrafficContainer, trafficContainers } from '../kube/traffic-containers.ts'
import { podField, type Workload } from '../kube/workload.ts'

function served({ podSpec }: Workload, services: Facts['services']): TrafficContainer[] {
  return trafficContainers(podSpec, services.known ? services.value : undefined)
}

function placeIn({ at }: TrafficContainer): string {
  return `${at}.readinessProbe`
}

function missing(subject: Workload, one: TrafficContainer): Violation[] {
  const { container, sure, targetPorts = [] } = one
  if (container.readinessProbe !== undefined) return []
  const [field, fix] = [podField(subject, placeIn(one)), 'add one']
  if (!sure) {
    const problem = 'a Service may lead here, and it has no readiness probe'
    return [uncertain('services', { field, problem, fix }, 'never')]
  }
  const [port] = [...targetPorts, ...tcpPorts(container)]
  const problem = `serves ${port === undefined ? 'traffic' : `port ${port}`} without a readiness probe`
  return [certain({ field, problem, fix })]
}

function stale(subject: Workload, one: TrafficContainer, recorded: unknown): Violation[] {
  const port = stalePort(recorded, one)
  if (port === undefined) return []
  const problem = `was injected for port ${port}, which is no longer declared`
  const fix = 'run kubectl rollout restart to renew it'
  return [uncertain('intent', { field: podField(subject, placeIn(one)), problem, fix })]
}

export const readinessProbe = definePolicy({
  id: 'readiness-probe',
  title: 'Containers that serve traffic say when they are ready for it',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
  needs: ['services'],
  parameters: {
    periodSeconds: {
      type: 'integer',
      description: 'periodSeconds of an injected tcpSocket probe',
      minimum: 1,
      maximum: 300,
      default: 5
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: ['containers[*].readinessProbe'],
  check({ subject, facts: { services }, recorded }) {
    const all = served(subject, services)
    return [
      ...all.flatMap((one) => missing(subject, one)),
      ...all.flatMap((one) => stale(subject, one, recorded(placeIn(one))))
    ]
  },
  remedy({ subject, facts: { services }, parameters: { periodSeconds }, recorded }) {
    return served(subject, services).flatMap((one) => {
      const at = placeIn(one)
      const { container, sure } = one
      // What is in doubt gets nothing; but what it has stays.
      if (container.readinessProbe !== undefined || (!sure && recorded(at) === undefined)) return []
      const value = copiedProbe(container) ?? acceptingProbe(subject, one, periodSeconds)
      const probe = value ?? keptProbe(recorded(at), one)
      return probe === undefined ? [] : [{ at, value: probe }]
    })
  }
})
