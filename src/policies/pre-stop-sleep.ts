import type { Fact } from '../inventory/fact.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { handlerViolation } from '../engine/handler-violation.ts'
import { definePolicy, type Addition } from '../engine/policy.ts'
import { certain, type Shortfall, uncertain, type Violation } from '../engine/violation.ts'
import { joined, violationsIn } from '../engine/violations-in.ts'
import { hookedContainers, type PlacedContainer } from '../kube/containers.ts'
import { faultOfHook } from '../kube/handler-fault.ts'
import { sleepSeconds } from '../kube/hook-script.ts'
import { isHook } from '../kube/pod.ts'
import { type TrafficContainer, trafficContainers } from '../kube/traffic-containers.ts'
import { hasSleepAction, type ServerVersion } from '../kube/server-version.ts'
import { fitSleep, graceBeside, gracePlace, graceSeconds, longestPreStop } from '../kube/termination.ts'
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
    },
    loadBalancerSeconds: {
      type: 'integer',
      description:
        'Seconds that a load balancer outside the cluster takes to notice that a pod stops. Hooks last that long where a Service with `externalTrafficPolicy: Local`, or with pods as targets, selects the pod; 0 switches it off',
      minimum: 0,
      maximum: 300,
      default: 0,
      versions: { v1: 0 }
    }
  },
  profiles: { baseline: 'off', standard: 'required', critical: 'required' },
  injects: ['containers[*].lifecycle.preStop', gracePlace],
  check({ subject, facts: { serverVersion, services }, parameters, recorded, amended }) {
    const { shutdownSeconds } = parameters
    const seconds = secondsToWait(services, parameters)
    const needed = graceBeside(subject, { seconds, shutdownSeconds })
    const grace = needed === undefined ? '' : ` and a grace period of ${needed} s`
    const hooked = amended('v2') ? hookedContainers(subject.podSpec) : []
    const faults = violationsIn(hooked, (one) => faulty(subject, one))
    const missing = unhooked(subject, services).map(({ at, doubt }): Violation => {
      const place = `${at}.lifecycle.preStop`
      const against = reasonAgainst(serverVersion, recorded(place) !== undefined)
      const hook = against === undefined ? `sleep: {seconds: ${seconds}}` : `exec: sleep ${seconds}`
      const problem = `has no preStop hook${against === undefined ? '' : ` (${against})`}`
      const shortfall = { field: podField(subject, place), problem, fix: `add ${hook}${grace}` }
      return doubt === undefined
        ? certain(shortfall)
        : uncertain(doubt, shortfall, doubt === 'services' ? 'never' : 'always')
    })
    const short = seconds > parameters.seconds ? tooShort(subject, { services, seconds, recorded }) : []
    return joined(joined(missing, short), faults)
  },
  remedy({ subject, facts: { serverVersion, services }, parameters, recorded }) {
    const { shutdownSeconds } = parameters
    const sleeps: { at: string; sleep: number }[] = []
    let wanted = 0
    for (const { at, doubt } of unhooked(subject, services)) {
      const place = `${at}.lifecycle.preStop`
      const before = recorded(place)
      // A container in doubt gets nothing new, but keeps what it has.
      if (doubt !== undefined && before === undefined) continue
      const sleep = sleepFor(serverVersion, secondsToWait(services, parameters, before), before)
      if (sleep === undefined) continue
      sleeps.push({ at: place, sleep })
      wanted = Math.max(wanted, sleep)
    }
    if (wanted === 0) return []
    const fit = fitSleep(subject, { seconds: wanted, shutdownSeconds, injected: recorded(gracePlace) })
    if (fit.state === 'too-short') return []
    const additions = sleeps.map(({ at, sleep }): Addition => {
      return { at, value: { sleep: { seconds: Math.min(sleep, fit.seconds) } } }
    })
    if (fit.raise !== undefined) return [...additions, fit.raise]
    const tells = timeLeft(subject, fit.seconds, wanted)
    const [first] = additions
    if (first !== undefined && tells !== undefined) first.tells = tells
    return additions
  }
})

/** What to say where a sleep takes more than a third of a grace period that somebody wrote, or may have written. */
function timeLeft(subject: Workload, seconds: number, wanted: number): Shortfall | undefined {
  const grace = graceSeconds(subject.podSpec)
  if (seconds * 3 <= grace || (longestPreStop(subject.podSpec) ?? 0) >= seconds) return undefined
  return {
    field: podField(subject, gracePlace),
    problem: `a grace period of ${grace} s leaves ${grace - seconds} s to stop after the injected sleep of ${seconds} s`,
    fix: `set it to ${Math.max(grace + wanted, wanted * 3)} or more`
  }
}

/** A hook that fails ends at once, and nothing waits. */
function faulty(subject: Workload, { container, at }: PlacedContainer): Violation | undefined {
  const hook = container.lifecycle?.preStop
  const fault = hook === undefined ? undefined : faultOfHook(hook, container)
  if (fault === undefined) return undefined
  return handlerViolation(fault, podField(subject, `${at}.lifecycle.preStop`), 'the hook fails at once')
}

interface Waits {
  seconds: number
  loadBalancerSeconds: number
}

/**
 * How long a pod has to wait before it stops: as long as a load balancer outside the cluster goes on to send it traffic, if one does. While
 * the Services are unknown, an injected sleep stays as long as it was.
 */
function secondsToWait(services: Facts['services'], waits: Waits, recorded?: unknown): number {
  const { seconds, loadBalancerSeconds } = waits
  if (loadBalancerSeconds <= seconds) return seconds
  if (!services.known) return Math.max(seconds, Math.min(sleepIn(recorded), loadBalancerSeconds))
  // With any other balancer, kube-proxy passes the traffic on to another pod (KEP-3836).
  const isDirect = services.value.some(({ balanced }) => balanced === 'nodes' || balanced === 'pods')
  return isDirect ? loadBalancerSeconds : seconds
}

function sleepIn(hook: unknown): number {
  return isHook(hook) ? (hook.sleep?.seconds ?? 0) : 0
}

interface Wanted {
  services: Facts['services']
  seconds: number
  recorded: (at: string) => unknown
}

/** Sleeps that end too early; what a script does is left to its author. An injected one is as long as the grace period lets it be, and 0 s are meant. */
function tooShort(subject: Workload, { services, seconds, recorded }: Wanted): Violation[] {
  const { podSpec } = subject
  const served = trafficContainers(podSpec, services.known ? services.value : undefined)
  return served.flatMap(({ container, at, doubt }): Violation[] => {
    const { preStop } = container.lifecycle ?? {}
    const place = `${at}.lifecycle.preStop`
    if (preStop === undefined || doubt !== undefined) return []
    const { sleep, exec } = preStop
    const slept = sleep?.seconds ?? sleepSeconds(exec?.command ?? []) ?? 0
    if (slept === 0 || slept >= seconds || recorded(place) !== undefined) return []
    const problem = `waits ${slept} s, but the load balancer sends traffic for ${seconds} s`
    return [certain({ field: podField(subject, place), problem, fix: `let it wait for ${seconds} s` })]
  })
}

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
  const before = sleepIn(recorded)
  return before > 0 ? before : undefined
}
