import { buildAdmit } from '../src/admission/admit.ts'
import type { Admit } from '../src/admission/answer.ts'
import { buildLoneFactSource } from '../src/inventory/fact-source.ts'
import type { ExemptionRules } from '../src/engine/exemption.ts'
import type { Policy } from '../src/engine/policy.ts'
import { buildRuleset } from '../src/engine/ruleset.ts'
import { buildChooseRuleset } from '../src/engine/profile.ts'
import { policies } from '../src/policies/index.ts'

export const profile = 'standard'
/** A release that takes all that is ever injected. */
export const serverVersion = { major: 1, minor: 33 }

export const exemptionRules: ExemptionRules = { allowed: true, forbidden: new Set() }
export const today = (): string => '2027-01-15'
export const { factsFor, namespaceLabels } = buildLoneFactSource(serverVersion)
export const ruleset = buildRuleset(policies, profile)

/** What `holdfast webhook --standalone` would answer with if it had these policies, without HTTP around it. */
export function admitBy(some: readonly Policy[]): Admit {
  return buildAdmit({
    policies: some,
    chooseRuleset: buildChooseRuleset({ policies: some, profile }),
    exemptions: exemptionRules,
    operators: { trusted: new Set(), onlyTrusted: false },
    warnsOfRepairs: true,
    factsFor,
    namespaceLabels,
    today
  })
}

export const admit = admitBy(policies)
