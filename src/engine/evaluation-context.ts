import type { Exemptions } from './exemption.ts'
import type { Facts } from '../inventory/facts/index.ts'
import type { Ruleset } from './ruleset.ts'

/** What all judging and remedying of one call has in common. */
export interface EvaluationContext {
  facts: Facts
  ruleset: Ruleset
  exemptions: Exemptions
}
