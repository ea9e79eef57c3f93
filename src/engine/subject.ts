import { kinds, wholeOf } from '../kube/kinds.ts'
import { annotation } from '../kube/metadata.ts'
import { isCompanion } from './api.ts'
import type { Subject } from './policy.ts'

/** How texts name an object: `deployment/web`; a Scale by its parent; `pod/web-*` if the API server has yet to generate the name. */
export function objectName(subject: Subject): string {
  const kind = subject.kind === 'Scale' ? subject.parentKind : subject.kind
  const { name = '', generateName = '' } = subject.metadata
  return `${kind.toLowerCase()}/${name === '' ? `${generateName}*` : name}`
}

/** Whether a subject is a part of a larger workload, with which it is judged. */
export function isPart({ kind, metadata }: Subject): boolean {
  return kind !== 'Scale' && wholeOf(metadata, kinds[kind].partOf) !== undefined
}

const mirror = 'kubernetes.io/config.mirror'

/** Whether a subject is left to others: a mirror pod, or an object that is being deleted. */
export function isLeaving({ kind, metadata }: Subject): boolean {
  return metadata.deletionTimestamp !== undefined || (kind === 'Pod' && annotation(metadata, mirror) !== undefined)
}

/** Whether a subject is a companion budget, by its labels. */
export function isCompanionBudget({ kind, metadata }: Subject): boolean {
  return kind === 'PodDisruptionBudget' && isCompanion(metadata)
}
