import {
  definePolicy,
  type Injection,
  type Policy,
  type ProfileName,
  type Requirement,
  type Violation
} from '../../src/engine/policy.ts'

interface Sample {
  violations?: readonly Violation[]
  injections?: readonly Injection[]
  injects?: readonly string[]
  profiles?: Partial<Record<ProfileName, Requirement>>
}

/** A violation that says little. */
export function flaw(field: string, unless?: string): Violation {
  return { field, problem: 'is wrong', fix: 'right it', ...(unless !== undefined && { unless }) }
}

/** A policy for Deployments that finds and injects the same whatever it sees. */
export function sampleOf(id: string, { violations = [], injections, injects = [], profiles }: Sample = {}): Policy {
  return definePolicy({
    id,
    title: id,
    since: 'v1',
    appliesTo: ['Deployment'],
    needs: [],
    parameters: {
      count: { type: 'integer', description: 'How many', minimum: 0, maximum: 9, default: 2, profiles: { critical: 3 } }
    },
    profiles: { baseline: 'off', standard: 'required', critical: 'required', ...profiles },
    injects,
    check: () => violations,
    ...(injections !== undefined && { remedy: () => injections })
  })
}
