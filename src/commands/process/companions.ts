import type { Config } from '../../config.ts'
import type { CompanionRules } from '../../engine/companion-wish.ts'
import { readExemptions } from '../../engine/exemption.ts'
import type { Policy } from '../../engine/policy.ts'
import type { Metadata } from '../../kube/metadata.ts'
import type { ResourceKind } from '../../kube/resource-kind.ts'

/** The policy that a companion makes true: a workload that is exempt from it has none. */
const policyId = 'disruption-budget'

/** Which workloads companions are kept for, by the configuration. */
export function companionRules(config: Config, policies: readonly Policy[]): CompanionRules {
  const { companion, defaultMode, excludedNamespaces, exemptions: rules } = config
  const policyIds = new Set(policies.map(({ id }) => id))
  const kinds = new Set(companion.kinds.map(({ group, kind }) => `${group}/${kind}`))
  const isExempt = (metadata: Metadata): boolean =>
    readExemptions(metadata, { policyIds, rules, today }).reasons.has(policyId)
  return { enabled: companion.enabled, kinds, defaultMode, excludedNamespaces, isExempt }
}

/** The kinds beside those of Kubernetes, which are watched anyway. */
export function customWorkloads({ companion }: Config): readonly ResourceKind[] {
  return companion.kinds.filter(({ group }) => group !== 'apps')
}

/** The UTC date, YYYY-MM-DD: exemptions count through their last day. */
export function today(): string {
  return new Date().toISOString().slice(0, 10)
}
