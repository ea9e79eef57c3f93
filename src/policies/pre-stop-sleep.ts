import type { Fact } from '../engine/facts.ts'
import { definePolicy, type Injection } from '../engine/policy.ts'
import { type PlacedContainer, servingContainers } from '../kube/containers.ts'
import { hasSleepAction, type ServerVersion } from '../kube/server-version.ts'
import { fitGrace, type GraceFit } from '../kube/termination.ts'
import { podField, type Workload } from '../kube/workload.ts'

function unhooked({ podSpec }: Workload): PlacedContainer[] {
  return servingContainers(podSpec).filter(({ container }) => container.lifecycle?.preStop === undefined)
}

/** What to write, and where nothing is injected, why. */
function fixFor(version: Fact<ServerVersion>, fit: GraceFit, seconds: number, dropped: boolean): string {
  const exec = `add an exec hook that sleeps ${seconds} s`
  if (dropped) return `${exec}: the server dropped the native sleep`
  if (!version.known) return `${exec} (no native one: server version unknown)`
  if (!hasSleepAction(version.value)) {
    return `${exec} (server ${version.value.major}.${version.value.minor} has no native one)`
  }
  const sleep = `add sleep: {seconds: ${seconds}}`
  return fit.state === 'too-short' ? `${sleep} and a grace period of ${fit.needed} s` : sleep
}

export const preStopSleep = definePolicy({
  id: 'pre-stop-sleep',
  title: 'Containers that serve traffic wait for load balancers before they stop',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'ReplicaSet'],
  needs: ['serverVersion'],
  parameters: {
    seconds: {
      type: 'integer',
      description: 'How long the injected sleep takes: as long as load balancers need to hear that the pod is going',
      minimum: 1,
      maximum: 300,
      default: 5
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: ['containers[*].lifecycle.preStop', 'terminationGracePeriodSeconds'],
  check({ subject, facts: { serverVersion }, parameters: { seconds, shutdownSeconds }, recorded }) {
    const fit = fitGrace(subject, seconds, shutdownSeconds)
    return unhooked(subject).map(({ at }) => {
      const place = `${at}.lifecycle.preStop`
      const fix = fixFor(serverVersion, fit, seconds, recorded(place))
      return { field: podField(subject, place), problem: 'missing', fix }
    })
  },
  remedy({ subject, facts: { serverVersion }, parameters: { seconds, shutdownSeconds } }) {
    const fit = fitGrace(subject, seconds, shutdownSeconds)
    if (!serverVersion.known || !hasSleepAction(serverVersion.value) || fit.state === 'too-short') return []
    const sleeps: Injection[] = unhooked(subject).map(({ at }) => {
      return { at: `${at}.lifecycle.preStop`, value: { sleep: { seconds } } }
    })
    return fit.state === 'raise' ? [...sleeps, fit.injection] : sleeps
  }
})
