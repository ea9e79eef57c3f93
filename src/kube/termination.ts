import { hookedContainers, isNativeSidecar, type PlacedContainer } from './containers.ts'
import { type ScriptTime, sleepSeconds, timeOfScript } from './hook-script.ts'
import type { Container, Hook, PodSpec } from './pod.ts'
import { podSpecAt, type Workload } from './workload.ts'

/** The place of the grace period below a pod spec. */
export const gracePlace = 'terminationGracePeriodSeconds'

/** What the API server fills in for terminationGracePeriodSeconds (kubernetes pkg/apis/core/v1/defaults.go). */
export const defaultGraceSeconds = 30

/** Seconds from the order to stop until SIGKILL. A negative value counts as 1 (kubernetes pkg/registry/core/pod/strategy.go). */
export function graceSeconds({ terminationGracePeriodSeconds }: PodSpec): number {
  const seconds = terminationGracePeriodSeconds ?? defaultGraceSeconds
  return seconds < 0 ? 1 : seconds
}

const shells = new Set(['sh', '/bin/sh', 'bash', '/bin/bash', '/usr/bin/bash', 'ash', '/bin/ash', 'dash', '/bin/dash'])

/** What a command shows of the time that it takes: a sleep, or a shell with a script that sleeps. */
function timeOfCommand(command: readonly string[]): ScriptTime {
  const [program = '', options = '', script = ''] = command
  if (!shells.has(program) || !options.startsWith('-') || !options.endsWith('c')) {
    return { least: sleepSeconds(command), isWhole: true }
  }
  const known = timesOfScripts.get(command)
  if (known !== undefined) return known
  const time = timeOfScript(script)
  timesOfScripts.set(command, time)
  return time
}

/** Commands whose scripts were read: several policies ask for the same one, and it may be long. */
const timesOfScripts = new WeakMap<readonly string[], ScriptTime>()

function timeOfHook({ sleep, exec }: Hook): ScriptTime {
  if (sleep !== undefined) return { least: sleep.seconds ?? 0, isWhole: true }
  return exec?.command === undefined ? untold : timeOfCommand(exec.command)
}

/** A request, or a hook without a handler. */
const untold: ScriptTime = { least: undefined, isWhole: true }

/** The least time that a preStop hook takes, in seconds, if its definition shows it: a native sleep, or a command that sleeps. */
export function hookSeconds(hook: Hook): number | undefined {
  return timeOfHook(hook).least
}

/** The preStop hooks whose time their definition does not show, or not all of it. */
export function unreadHooks(spec: PodSpec): PlacedContainer[] {
  return hookedContainers(spec).filter(({ container }) => isUnreadHook(container))
}

/** Whether a container has a preStop hook whose time its definition does not show, or not all of it. */
export function isUnreadHook({ lifecycle }: Container): boolean {
  if (lifecycle?.preStop === undefined) return false
  const { least, isWhole } = timeOfHook(lifecycle.preStop)
  return least === undefined || !isWhole
}

function preStopSeconds({ lifecycle }: Container): number {
  const preStop = lifecycle?.preStop
  return (preStop === undefined ? undefined : hookSeconds(preStop)) ?? -1
}

/** The longest readable preStop of a pod, in seconds. The hooks of one pod run side by side, so the longest one counts. */
export function longestPreStop({ containers = [], initContainers = [] }: PodSpec): number | undefined {
  let longest = -1
  for (const container of containers) longest = Math.max(longest, preStopSeconds(container))
  for (const container of initContainers) {
    if (isNativeSidecar(container)) longest = Math.max(longest, preStopSeconds(container))
  }
  return longest < 0 ? undefined : longest
}

/** The longest grace period that we inject: a hook that needs more is a mistake that a longer grace period would only hide. */
const longestGraceSeconds = 3600

/** A grace period to write over a value that nobody wrote. */
interface Raise {
  at: string
  value: number
  instead?: number
}

/** Whether the grace period has room, could be given room because nobody wrote it, or is too short. */
export type GraceFit = { state: 'fits' } | { state: 'raise'; addition: Raise } | { state: 'too-short' }

/**
 * Fits the hooks that are there, and then `shutdownSeconds`, into the grace period. `injected` is the grace period that was injected
 * before, if any.
 */
export function fitGrace(workload: Workload, shutdownSeconds: number, injected?: unknown): GraceFit {
  const needed = (longestPreStop(workload.podSpec) ?? 0) + shutdownSeconds
  if (needed <= graceSeconds(workload.podSpec)) return { state: 'fits' }
  return isUnwritten(workload, injected) && needed <= longestGraceSeconds
    ? { state: 'raise', addition: raiseTo(needed, workload) }
    : { state: 'too-short' }
}

/** How long a preStop sleep may be, with the grace period that it takes; or that the grace period is too short for any. */
export type SleepFit = { state: 'fits'; seconds: number; raise?: Raise } | { state: 'too-short' }

/** A sleep that is shorter loses connections while kube-proxy writes its rules (docs/proof). */
const shortestSleep = 2

/**
 * Fits a sleep of `seconds` beside the hooks that are there, and then `shutdownSeconds`, into the grace period. Where nobody wrote the grace
 * period, it is raised by the sleep, so that the application has as long to stop as before. Otherwise the sleep is cut: it takes half of
 * the grace period at most, unless another hook takes more.
 */
export function fitSleep(
  workload: Workload,
  { seconds, shutdownSeconds, injected }: { seconds: number; shutdownSeconds: number; injected?: unknown }
): SleepFit {
  const grace = graceSeconds(workload.podSpec)
  const hook = longestPreStop(workload.podSpec) ?? 0
  if (isUnwritten(workload, injected)) {
    const needed = graceFor(defaultGraceSeconds, hook, { seconds, shutdownSeconds })
    if (needed <= grace) return { state: 'fits', seconds }
    return needed > longestGraceSeconds
      ? { state: 'too-short' }
      : { state: 'fits', seconds, raise: raiseTo(needed, workload) }
  }
  const room = Math.max(hook, Math.min(Math.floor(grace / 2), grace - shutdownSeconds))
  const possible = Math.min(seconds, room)
  const isTooShort = hook + shutdownSeconds > grace || possible < Math.min(seconds, shortestSleep)
  return isTooShort ? { state: 'too-short' } : { state: 'fits', seconds: possible }
}

/** The grace period that leaves as long to stop beside the sleep as there is now; undefined where the sleep and the shutdown fit. */
export function graceBeside(
  { podSpec }: Workload,
  sleep: { seconds: number; shutdownSeconds: number }
): number | undefined {
  const grace = graceSeconds(podSpec)
  const hook = longestPreStop(podSpec) ?? 0
  const fits = Math.max(sleep.seconds, hook) + sleep.shutdownSeconds <= grace
  return fits ? undefined : graceFor(grace, hook, sleep)
}

function graceFor(grace: number, hook: number, sleep: { seconds: number; shutdownSeconds: number }): number {
  const { seconds, shutdownSeconds } = sleep
  return Math.max(grace + Math.max(0, seconds - hook), Math.max(seconds, hook) + shutdownSeconds)
}

/** Whether nobody wrote the grace period: it is the default of the API server, or was injected and stands in no manifest. */
function isUnwritten(workload: Workload, injected: unknown): boolean {
  const { podSpec, provenance } = workload
  const grace = graceSeconds(podSpec)
  const place = [...podSpecAt(workload), gracePlace]
  if (grace === defaultGraceSeconds) return provenance.of(place) === 'defaulted'
  return grace > defaultGraceSeconds && grace === injected && provenance.of(place) !== 'written'
}

function raiseTo(value: number, { podSpec: { terminationGracePeriodSeconds: instead } }: Workload): Raise {
  return instead === undefined ? { at: gracePlace, value } : { at: gracePlace, value, instead }
}
