import { definePolicy, type Violation } from '../engine/policy.ts'
import { type PlacedContainer, servingContainers, tcpPorts } from '../kube/containers.ts'
import { acceptingProbe, copiedProbe, keptProbe, stalePort } from '../kube/probe.ts'
import { podField, type Workload } from '../kube/workload.ts'

function unready({ podSpec }: Workload): PlacedContainer[] {
  return servingContainers(podSpec).filter(({ container }) => container.readinessProbe === undefined)
}

export const readinessProbe = definePolicy({
  id: 'readiness-probe',
  title: 'Containers that serve traffic say when they are ready for it',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
  needs: [],
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
  check({ subject, recorded }) {
    const stale = servingContainers(subject.podSpec).flatMap(({ container, at }): Violation[] => {
      const place = `${at}.readinessProbe`
      const port = stalePort(recorded(place), container)
      if (port === undefined) return []
      const problem = `was injected for port ${port}, which is no longer declared`
      return [{ field: podField(subject, place), problem, fix: 'restart the rollout to renew it', unless: 'intention' }]
    })
    const missing = unready(subject).map(({ container, at }) => {
      const [port] = tcpPorts(container)
      const problem = port === undefined ? 'serves traffic without one' : `serves port ${port} without one`
      return { field: podField(subject, `${at}.readinessProbe`), problem, fix: 'add a readiness probe' }
    })
    return [...missing, ...stale]
  },
  remedy({ subject, parameters: { periodSeconds }, recorded }) {
    return unready(subject).flatMap(({ container, at }) => {
      const place = `${at}.readinessProbe`
      const value = copiedProbe(container) ?? acceptingProbe(subject, container, periodSeconds)
      const probe = value ?? keptProbe(recorded(place), container)
      return probe === undefined ? [] : [{ at: place, value: probe }]
    })
  }
})
