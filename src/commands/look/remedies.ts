import type { CompanionManifest } from '../../companion/manifest.ts'
import type { LookConfig } from '../../config/look-schema.ts'
import type { CompanionRules } from '../../engine/companion-wish.ts'
import type { Finding } from '../../engine/finding.ts'
import { additionsFor } from '../../engine/injection/additions.ts'
import type { Judgement } from '../../engine/judge.ts'
import type { PolicyAddition } from '../../engine/policy.ts'
import { controllerOf } from '../../kube/metadata.ts'
import { isWorkload, podField } from '../../kube/workload.ts'
import { companionPolicy } from '../process/companions.ts'
import { companionFor, type Surrounding } from './companion.ts'

/** What would mend an object of a set, without a person. */
export interface Remedies {
  /** What the webhook would add. */
  additions: readonly PolicyAddition[]
  /** The budget that the controller would keep. */
  companion: CompanionManifest | undefined
}

/** The remedies of an object, and which findings they mend. */
export interface Mending {
  /** With policies that are not to be mended: the remedies of others are then what they would be if the object were exempt from those. */
  remedies: (skipped?: ReadonlySet<string>) => Remedies
  isFixable: (finding: Pick<Finding, 'policy' | 'field'>) => boolean
}

export interface MendingOf {
  set: Surrounding
  config: Pick<LookConfig, 'companion'>
  companions: CompanionRules
}

const none: Remedies = { additions: [], companion: undefined }

/** The remedies run once somebody asks for them, while the judgement holds. */
export function mendingOf(judgement: Judgement, { set, config, companions }: MendingOf): Mending {
  const { subject, facts, ruleset, exemptions } = judgement
  const remedies: Mending['remedies'] = (skipped = new Set()) => {
    // As at admission: a controller would revert what is added.
    if (controllerOf(subject.metadata) !== undefined) return none
    const reasons = new Map([...exemptions.reasons, ...[...skipped].map((policy) => [policy, 'skipped'] as const)])
    const context = { facts, ruleset, exemptions: { ...exemptions, reasons } }
    if (subject.kind === 'PodDisruptionBudget') return { ...none, additions: additionsFor(subject, context) }
    if (!isWorkload(subject)) return none
    const keeps = !reasons.has(companionPolicy)
    return {
      additions: additionsFor(subject, context),
      companion: keeps ? companionFor(subject, { set, rules: companions, config }) : undefined
    }
  }
  let mended: ReadonlySet<string> | undefined
  return {
    remedies,
    isFixable: ({ policy, field }) => {
      mended ??= mendedBy(judgement, remedies())
      return mended.has(policy === companionPolicy ? policy : `${policy} ${field}`)
    }
  }
}

/** What remedies mend: `policy field`, and the policy of companions. */
function mendedBy({ subject }: Judgement, { additions, companion }: Remedies): ReadonlySet<string> {
  const fieldOf = (at: string) => (isWorkload(subject) ? podField(subject, at) : `spec.${at}`)
  const fields = additions.map(({ policy, at }) => `${policy} ${fieldOf(at)}`)
  return new Set(companion === undefined ? fields : [...fields, companionPolicy])
}
