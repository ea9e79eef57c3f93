import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import { firstToleration, lostNodeTaints } from '../kube/lost-node.ts'
import type { Taint } from '../kube/node.ts'
import { tolerates, type Toleration } from '../kube/node-fit.ts'
import { podField, type Workload } from '../kube/workload.ts'

/** The taint of a cordoned node: the scheduler reads `spec.unschedulable` as this taint (kubernetes pkg/scheduler/framework/plugins/nodeunschedulable). */
const cordoned: Taint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' }

export const leavesDrainedNode = definePolicy({
  id: 'leaves-drained-node',
  title: 'Pods stay away from a node that is drained, and leave a node that is lost',
  since: 'v2',
  appliesTo: ['Deployment', 'StatefulSet'],
  profiles: { baseline: 'advised', standard: 'advised', critical: 'required' },
  check({ subject }) {
    const { tolerations = [] } = subject.podSpec
    if (tolerations.length === 0) return []
    const staying = new Set(lostNodeTaints.map((taint) => firstToleration(tolerations, taint)).filter(isForEver))
    const said = new Map<string, Violation>()
    for (const toleration of tolerations) {
      const harm = { returns: tolerates(toleration, cordoned), stays: staying.has(toleration) }
      const at = placeOf(toleration)
      if ((harm.returns || harm.stays) && !said.has(at)) said.set(at, violationOf(subject, at, toleration, harm))
    }
    return [...said.values()]
  }
})

function isForEver(toleration: Toleration | undefined): toleration is Toleration {
  return toleration !== undefined && toleration.tolerationSeconds === undefined
}

/** By what it names, not by its position: a toleration before it must not make it another one. */
function placeOf({ key = '', effect = '' }: Toleration): string {
  if (key !== '') return `tolerations[key=${key}]`
  return effect === '' ? 'tolerations[operator=Exists]' : `tolerations[effect=${effect}]`
}

interface Harm {
  returns: boolean
  stays: boolean
}

function violationOf(subject: Workload, at: string, toleration: Toleration, { returns, stays }: Harm): Violation {
  const problems = [
    ...(returns ? ['lets pods return to a node that is drained'] : []),
    ...(stays ? ['keeps pods on a lost node for ever'] : [])
  ]
  const shortfall = { field: podField(subject, at), problem: problems.join(' and '), fix: fixOf(toleration, returns) }
  return isMeant(toleration, returns) ? uncertain('intent', shortfall) : certain(shortfall)
}

/** Who names the taint of a lost node may want no second pod while the first one may still run. */
function isMeant({ key = '' }: Toleration, returns: boolean): boolean {
  return key !== '' && !returns
}

/** A toleration may only have seconds with the effect NoExecute. */
function fixOf({ key = '', effect = '' }: Toleration, returns: boolean): string {
  if (key === '') return 'name the key of each taint to tolerate'
  if (returns) return 'leave it out'
  return `set ${effect === '' ? 'effect to NoExecute, and ' : ''}tolerationSeconds to 300`
}
