import { longestPolicyId, profileNames } from './api.ts'
import { type Policy, requirements } from './policy.ts'

const kebab = /^[a-z]+(?:-[a-z]+)*$/

/** Throws if the declaration of a policy contradicts itself or another policy. */
export function checkPolicies(policies: readonly Policy[]): void {
  const earlier = new Set<string>()
  for (const policy of policies) {
    const fault = faultOf(policy, earlier)
    if (fault !== undefined) throw new Error(`policy ${policy.id}: ${fault}`)
    earlier.add(policy.id)
  }
}

function faultOf(policy: Policy, earlier: ReadonlySet<string>): string | undefined {
  if (!kebab.test(policy.id)) return 'its id is not kebab-case'
  if (policy.id.length > longestPolicyId) return `its id has more than ${longestPolicyId} characters`
  if (earlier.has(policy.id)) return 'its id is taken'
  if (policy.appliesTo.length === 0) return 'it applies to nothing'
  if (profileNames.some((name) => !requirements.includes(policy.profiles[name]))) return 'a profile does not know it'
  if (policy.atMost !== undefined && profileNames.some((name) => policy.profiles[name] === 'required'))
    return 'a profile asks more of it than it may'
  return undefined
}
