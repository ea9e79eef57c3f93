import type { Exemptions } from './exemption.ts'
import type { Facts } from '../inventory/facts/index.ts'
import type { Ruleset } from './ruleset.ts'

/** What the judgement and the remedies of one call share. */
export interface EvaluationContext {
  facts: Facts
  ruleset: Ruleset
  exemptions: Exemptions
}
