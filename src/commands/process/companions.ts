import { getHeapStatistics } from 'node:v8'
import type { Config } from '../../config.ts'
import { type CompanionRules, modeOf } from '../../engine/companion-wish.ts'
import { type ExemptionContext, readExemptions } from '../../engine/exemption.ts'
import type { Policy } from '../../engine/policy.ts'
import type { Metadata } from '../../kube/metadata.ts'
import type { InventoryOptions } from '../../inventory/inventory.ts'
import { roomOf } from '../../inventory/room.ts'

/** The policy that a companion makes true: a workload that is exempt from it has none. */
export const companionPolicy = 'disruption-budget'

/** What of a configuration says which workloads have companions. */
type CompanionSettings = Pick<Config, 'companion' | 'defaultMode' | 'excludedNamespaces' | 'exemptions'>

/** Which workloads companions are kept for, by the configuration. */
export function companionRules(
  config: CompanionSettings,
  policies: readonly Policy[],
  date: () => string = today
): CompanionRules {
  const { companion, defaultMode, excludedNamespaces } = config
  const context = { ...exemptionContext(config, policies), today: date }
  const kinds = new Set(companion.kinds.map(({ group, kind }) => `${group}/${kind}`))
  const isExempt = (metadata: Metadata): boolean => readExemptions(metadata, context).reasons.has(companionPolicy)
  return { enabled: companion.enabled, kinds, defaultMode, excludedNamespaces, isExempt }
}

/** The context in which exemptions are read, from the configuration. */
export function exemptionContext(
  { exemptions: rules }: Pick<Config, 'exemptions'>,
  policies: readonly Policy[]
): ExemptionContext {
  return { policyIds: new Set(policies.map(({ id }) => id)), rules, today }
}

/** The options of the inventory: it may take a quarter of this process's heap. If that is too little, it keeps only namespaces that opted in. */
export function inventoryOptions(config: Config): InventoryOptions {
  return {
    // Built-in kinds are watched anyway.
    customWorkloads: config.companion.kinds.filter(({ group }) => group !== 'apps'),
    limits: roomOf(getHeapStatistics().heap_size_limit * shareOfHeap),
    isOptedIn: (name, { labels }) => modeOf({ name, labels }, config) !== undefined
  }
}

const shareOfHeap = 0.25

/** The UTC date, YYYY-MM-DD: exemptions count through their last day. */
export function today(): string {
  return new Date().toISOString().slice(0, 10)
}
