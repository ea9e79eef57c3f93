import { label, type Labels } from '../kube/label-selector.ts'
import type { Metadata } from '../kube/metadata.ts'
import { injectEnabled, injectKey, type Mode, modeKey, modeOff, modes } from './api.ts'
import { optsOut } from './opt-out.ts'

/** Left out of the webhooks, too. */
const systemNamespaces: ReadonlySet<string> = new Set(['kube-system', 'kube-node-lease', 'kube-public'])

/** Which workloads companions are kept for. */
export interface CompanionRules {
  enabled: boolean
  /** As group and kind: `apps/Deployment`. */
  kinds: ReadonlySet<string>
  /** Of namespaces whose label names none. Without it there is no effect on them. */
  defaultMode?: Mode | undefined
  /** Left out of the webhooks whatever their labels, beside those of the system. */
  excludedNamespaces: ReadonlySet<string>
  /** Whether its owner has exempted it from having a budget. */
  isExempt: (metadata: Metadata) => boolean
}

/** The part of a workload that decides whether it gets a companion. */
export interface Wishing {
  group: string
  kind: string
  metadata: Metadata
}

/**
 * Whether a companion is requested: `keep` one; `record` in audit mode that one would be kept; or none, and why. With `not asked` no
 * one opted in; the two reasons after it are the choice of the owner.
 */
export type CompanionWish = 'keep' | 'record' | 'not asked' | 'injection disabled' | 'exempt'

/** A namespace, and its labels. */
type Opting = { name: string; labels: Labels }

/**
 * The mode as the selectors of the webhooks see it: with a default mode, any value that is not a mode counts as the default, except `off`.
 * Undefined for a namespace that Holdfast leaves alone.
 */
export function modeOf(
  { name, labels }: Opting,
  { defaultMode, excludedNamespaces }: Pick<CompanionRules, 'defaultMode' | 'excludedNamespaces'>
): Mode | undefined {
  if (!isEnforceable(name, { excludedNamespaces })) return undefined
  const written = label(labels, modeKey)
  return modes.find((mode) => mode === written) ?? (written === modeOff ? undefined : defaultMode)
}

/** Whether a namespace can opt in. Holdfast leaves those of the system, and those that the configuration excludes, alone. */
export function isEnforceable(
  name: string,
  { excludedNamespaces }: Pick<CompanionRules, 'excludedNamespaces'>
): boolean {
  return !systemNamespaces.has(name) && !excludedNamespaces.has(name)
}

function wishOfNamespace(namespace: Opting, rules: CompanionRules): 'keep' | 'record' | undefined {
  const mode = modeOf(namespace, rules)
  if (mode === 'audit') return 'record'
  return mode !== undefined && label(namespace.labels, injectKey) === injectEnabled ? 'keep' : undefined
}

/** Whether any companion is requested in a namespace, or recorded. */
export function mayHaveCompanions(namespace: Opting, rules: CompanionRules): boolean {
  return rules.enabled && wishOfNamespace(namespace, rules) !== undefined
}

/** What a workload, its namespace and the configuration request, whatever surrounds the workload. */
export function companionWish(workload: Wishing, namespaceLabels: Labels, rules: CompanionRules): CompanionWish {
  const { group, kind, metadata } = workload
  const covered = rules.enabled && rules.kinds.has(`${group}/${kind}`)
  if (!covered) return 'not asked'
  const wish = wishOfNamespace({ name: metadata.namespace ?? '', labels: namespaceLabels }, rules)
  if (wish === undefined) return 'not asked'
  if (optsOut(metadata)) return 'injection disabled'
  return rules.isExempt(metadata) ? 'exempt' : wish
}

/**
 * Whether a workload, its namespace and the configuration request a companion. The surroundings of the workload, such as another
 * budget, may still prevent one.
 */
export function wantsCompanion(workload: Wishing, namespaceLabels: Labels, rules: CompanionRules): boolean {
  return companionWish(workload, namespaceLabels, rules) === 'keep'
}
