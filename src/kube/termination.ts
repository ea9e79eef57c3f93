import { hookedContainers, isNativeSidecar, type PlacedContainer } from './containers.ts'
import { type ScriptTime, sleepSeconds, timeOfScript } from './hook-script.ts'
import type { Container, Hook, PodSpec } from './pod.ts'
import type { Workload } from './workload.ts'

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
  if (shells.has(program) && options.startsWith('-') && options.endsWith('c')) return timeOfScript(script)
  return { least: sleepSeconds(command), isWhole: true }
}

function timeOfHook({ sleep, exec }: Hook): ScriptTime {
  if (sleep !== undefined) return { least: sleep.seconds ?? 0, isWhole: true }
  return timeOfCommand(exec?.command ?? [])
}

/** The least time that a preStop hook takes, in seconds, if its definition shows it: a native sleep, or a command that sleeps. */
export function hookSeconds(hook: Hook): number | undefined {
  return timeOfHook(hook).least
}

/** The preStop hooks whose time their definition does not show, or not all of it. */
export function unreadHooks(spec: PodSpec): PlacedContainer[] {
  const { containers = [], initContainers = [] } = spec
  if (![...containers, ...initContainers].some(({ lifecycle }) => lifecycle?.preStop !== undefined)) return []
  return hookedContainers(spec).filter(({ container: { lifecycle } }) => {
    if (lifecycle?.preStop === undefined) return false
    const { least, isWhole } = timeOfHook(lifecycle.preStop)
    return least === undefined || !isWhole
  })
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

/** Whether the grace period has room, could be given room because nobody wrote it, or is too short. */
export type GraceFit =
  | { state: 'fits' }
  | { state: 'raise'; needed: number; addition: { at: string; value: number; instead?: number } }
  | { state: 'too-short'; needed: number }

/**
 * Fits a preStop of `seconds` beside the hooks there are, and then `shutdownSeconds`, into the grace period. `injected` is the grace
 * period that was injected before, if any.
 */
export function fitGrace(workload: Workload, seconds: number, shutdownSeconds: number, injected?: unknown): GraceFit {
  const { podSpec, provenance, templateAt } = workload
  const needed = Math.max(seconds, longestPreStop(podSpec) ?? 0) + shutdownSeconds
  const grace = graceSeconds(podSpec)
  if (needed <= grace) return { state: 'fits' }
  const at = gracePlace
  const isDefault = grace === defaultGraceSeconds && provenance.of([...templateAt, 'spec', at]) === 'defaulted'
  const nobodyWrote = isDefault || (grace > defaultGraceSeconds && grace === injected)
  if (!nobodyWrote || needed > longestGraceSeconds) return { state: 'too-short', needed }
  const written = podSpec.terminationGracePeriodSeconds
  return {
    state: 'raise',
    needed,
    addition: { at, value: needed, ...(written !== undefined && { instead: written }) }
  }
}
