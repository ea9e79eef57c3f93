import type { ProfileName, RulesetVersion } from '../../src/engine/api.ts'
import { definePolicy, type Addition, type Policy, type Requirement } from '../../src/engine/policy.ts'
import { certain, type Reason, uncertain, type Violation } from '../../src/engine/violation.ts'

interface Sample {
  violations?: readonly Violation[]
  additions?: readonly Addition[]
  injects?: readonly string[]
  profiles?: Partial<Record<ProfileName, Requirement>>
  since?: RulesetVersion
}

/** A violation that says little. */
export function flaw(field: string, reason?: Reason): Violation {
  const shortfall = { field, problem: 'is wrong', fix: 'right it' }
  return reason === undefined ? certain(shortfall) : uncertain(reason, shortfall)
}

/** A policy for Deployments that finds and injects the same whatever it sees. */
export function sampleOf(
  id: string,
  { violations = [], additions, injects = [], profiles, since = 'v1' }: Sample = {}
): Policy {
  return definePolicy({
    id,
    title: id,
    since,
    appliesTo: ['Deployment'],
    parameters: {
      count: { type: 'integer', description: 'How many', minimum: 0, maximum: 9, default: 2, profiles: { critical: 3 } }
    },
    profiles: { baseline: 'off', standard: 'required', critical: 'required', ...profiles },
    injects,
    check: () => violations,
    ...(additions !== undefined && { remedy: () => additions })
  })
}
