import { sameJson } from '../kube/json.ts'
import type { Labels } from '../kube/label-selector.ts'
import type { Metadata } from '../kube/metadata.ts'

/** A version of a workload. */
interface Version {
  metadata: Metadata
  podLabels: Labels
  /** Pods of an older template may run. */
  rolling?: true
}

/** The labels that pods of older templates have, each other than those of the present one; or nobody has seen these templates. */
export type OlderLabels = readonly Labels[] | 'unknown'

const none: readonly Labels[] = []

/** Those that were seen. */
export function knownOf(older: OlderLabels): readonly Labels[] {
  return older === 'unknown' ? none : older
}

/** More templates during one rollout are not remembered. */
const mostTemplates = 8

/**
 * Remembers the labels of the templates that a rollout replaces, for as long as it lasts. Of a rollout that was under way before the first
 * list they are unknown.
 */
export class Revisions {
  readonly #older = new WeakMap<Version, OlderLabels>()

  olderLabels(workload: Version): OlderLabels {
    return workload.rolling === true ? (this.#older.get(workload) ?? 'unknown') : none
  }

  /** Takes note of a new version. */
  note(before: Version | undefined, after: Version): void {
    if (after.rolling !== true || before === undefined || before.metadata.uid !== after.metadata.uid) return
    const older = this.olderLabels(before)
    if (older === 'unknown') return
    const all = sameJson(before.podLabels, after.podLabels) ? older : [...older, before.podLabels]
    if (all.length <= mostTemplates) this.#older.set(after, all)
  }
}
