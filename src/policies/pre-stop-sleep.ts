import type { Fact } from '../inventory/fact.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { definePolicy, type Addition } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { isHook } from '../kube/pod.ts'
import { type TrafficContainer, trafficContainers } from '../kube/traffic-containers.ts'
import { hasSleepAction, type ServerVersion } from '../kube/server-version.ts'
import { fitGrace, gracePlace } from '../kube/termination.ts'
import { podField, type Workload } from '../kube/workload.ts'

export const preStopSleep = definePolicy({
  id: 'pre-stop-sleep',
  title: 'Containers that serve traffic wait for load balancers before they stop',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'ReplicaSet'],
  needs: ['serverVersion', 'services'],
  parameters: {
    seconds: {
      type: 'integer',
      description:
        'Seconds of the injected sleep: the time that load balancers need to stop sending traffic to the pod',
      minimum: 1,
      maximum: 300,
      default: 5
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: ['containers[*].lifecycle.preStop', gracePlace],
  check({ subject, facts: { serverVersion, services }, parameters: { seconds, shutdownSeconds }, recorded }) {
    const fit = fitGrace(subject, seconds, shutdownSeconds)
    const grace = fit.state === 'fits' ? '' : ` and a grace period of ${fit.needed} s`
    return unhooked(subject, services).map(({ at, sure }): Violation => {
      const place = `${at}.lifecycle.preStop`
      const against = reasonAgainst(serverVersion, recorded(place) !== undefined)
      const hook = against === undefined ? `sleep: {seconds: ${seconds}}` : `exec: sleep ${seconds}`
      const problem = `has no preStop hook${against === undefined ? '' : ` (${against})`}`
      const shortfall = { field: podField(subject, place), problem, fix: `add ${hook}${grace}` }
      return sure ? certain(shortfall) : uncertain('services', shortfall, 'never')
    })
  },
  remedy({ subject, facts: { serverVersion, services }, parameters: { seconds, shutdownSeconds }, recorded }) {
    const additions: Addition[] = []
    let longest = 0
    for (const { at, sure } of unhooked(subject, services)) {
      const place = `${at}.lifecycle.preStop`
      // An uncertain container gets nothing new, but keeps what it has.
      if (!sure && recorded(place) === undefined) continue
      const sleep = sleepFor(serverVersion, seconds, recorded(place))
      if (sleep === undefined) continue
      longest = Math.max(longest, sleep)
      additions.push({ at: place, value: { sleep: { seconds: sleep } } })
    }
    const fit = fitGrace(subject, longest, shutdownSeconds, recorded(gracePlace))
    if (fit.state === 'too-short') return []
    return fit.state === 'raise' && longest > 0 ? [...additions, fit.addition] : additions
  }
})

function unhooked({ podSpec }: Workload, services: Facts['services']): TrafficContainer[] {
  const served = trafficContainers(podSpec, services.known ? services.value : undefined)
  return served.filter(({ container }) => container.lifecycle?.preStop === undefined)
}

/** Why no sleep is injected; undefined if one is. */
function reasonAgainst(version: Fact<ServerVersion>, dropped: boolean): string | undefined {
  if (!version.known) return 'server version unknown'
  const { major, minor } = version.value
  if (!hasSleepAction(version.value)) return `server ${major}.${minor} has no native sleep`
  return dropped ? 'an injected hook was removed' : undefined
}

/** While the version of the server is unknown, a sleep that the server accepted before stays as it was. */
function sleepFor(version: Fact<ServerVersion>, seconds: number, recorded: unknown): number | undefined {
  if (version.known) return hasSleepAction(version.value) ? seconds : undefined
  const before = isHook(recorded) ? (recorded.sleep?.seconds ?? 0) : 0
  return before > 0 ? before : undefined
}
