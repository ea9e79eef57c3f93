import { profileNames } from './api.ts'
import { type Policy, requirements } from './policy.ts'

const kebab = /^[a-z]+(?:-[a-z]+)*$/

/** The policies in the order in which they run and speak. Throws at start where a declaration contradicts itself. */
export function buildRegistry(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  const registry = new Map<string, Policy>()
  for (const policy of policies) {
    const fault = faultOf(policy, registry)
    if (fault !== undefined) throw new Error(`policy ${policy.id}: ${fault}`)
    registry.set(policy.id, policy)
  }
  return registry
}

function faultOf(policy: Policy, earlier: ReadonlyMap<string, Policy>): string | undefined {
  if (!kebab.test(policy.id)) return 'its id is not kebab-case'
  if (earlier.has(policy.id)) return 'its id is taken'
  if (policy.appliesTo.length === 0) return 'it applies to nothing'
  if (profileNames.some((name) => !requirements.includes(policy.profiles[name]))) return 'a profile does not know it'
  if (policy.atMost !== undefined && profileNames.some((name) => policy.profiles[name] === 'required'))
    return 'a profile asks more of it than it may'
  return undefined
}
