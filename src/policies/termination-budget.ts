import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { joined, violationsIn } from '../engine/violations-in.ts'
import { hookedContainers } from '../kube/containers.ts'
import { fitGrace, gracePlace, graceSeconds, isUnreadHook, longestPreStop } from '../kube/termination.ts'
import { podField, type Workload } from '../kube/workload.ts'

/** Kinds without rollouts: killing their pods without warning is a choice. */
const throwaway: ReadonlySet<string> = new Set(['Job', 'CronJob', 'Pod'])

export const terminationBudget = definePolicy({
  id: 'termination-budget',
  title: 'The grace period leaves time for the preStop hook and for shutdown',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod'],
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  injects: [gracePlace],
  check({ subject, parameters: { shutdownSeconds } }) {
    const grace = graceSeconds(subject.podSpec)
    if (grace === 0 && !throwaway.has(subject.kind)) {
      const field = podField(subject, gracePlace)
      const problem = '0 s kills the pods without warning'
      return [certain({ field, problem, fix: 'leave it out, or set it to 30' })]
    }
    return joined(readHooks(subject, grace, shutdownSeconds), unread(subject, grace))
  },
  remedy({ subject, parameters: { shutdownSeconds }, recorded }) {
    if (longestPreStop(subject.podSpec) === undefined) return []
    const fit = fitGrace(subject, shutdownSeconds, recorded(gracePlace))
    return fit.state === 'raise' ? [fit.addition] : []
  }
})

function readHooks(subject: Workload, grace: number, shutdownSeconds: number): Violation[] {
  const hook = longestPreStop(subject.podSpec)
  if (hook === undefined || hook + shutdownSeconds <= grace) return []
  const problem = `${grace} s is too short: preStop takes ${hook} s, shutdown ${shutdownSeconds} s`
  const field = podField(subject, gracePlace)
  const shortfall = { field, problem, fix: `set it to ${hook + shutdownSeconds} or more` }
  return [subject.kind === 'Pod' ? uncertain('intent', shortfall) : certain(shortfall)]
}

/** Without a grace period no hook runs. */
function unread(subject: Workload, grace: number): readonly Violation[] {
  if (grace === 0) return []
  return violationsIn(hookedContainers(subject.podSpec), ({ container, at }) => {
    if (!isUnreadHook(container)) return undefined
    const field = podField(subject, `${at}.lifecycle.preStop`)
    const fix = `keep the hook and shutdown within ${grace} s`
    return uncertain('hook-time', { field, problem: 'preStop may take too long', fix }, 'never')
  })
}
