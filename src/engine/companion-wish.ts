import { label, type Labels } from '../kube/label-selector.ts'
import { annotation, type Metadata } from '../kube/metadata.ts'
import { injectDisabled, injectEnabled, injectKey, type Mode, modeKey, modeOff, modes } from './api.ts'

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

/** What is asked about a workload to know whether it wants a companion. */
export interface Wishing {
  group: string
  kind: string
  metadata: Metadata
}

/**
 * What is asked for: that a companion is kept; in audit mode that it is recorded that one would be; or none, and why. `not asked` is
 * nobody's wish, the two after it are those of a person.
 */
export type CompanionWish = 'keep' | 'record' | 'not asked' | 'injection disabled' | 'exempt'

/** As the selectors of the webhooks have it: with a default mode, what is no mode counts as the default, but for `off`. */
function modeOf(labels: Labels, defaultMode: Mode | undefined): Mode | undefined {
  const written = label(labels, modeKey)
  return modes.find((mode) => mode === written) ?? (written === modeOff ? undefined : defaultMode)
}

function isExcluded(namespace: string, { excludedNamespaces }: CompanionRules): boolean {
  return systemNamespaces.has(namespace) || excludedNamespaces.has(namespace)
}

function wishOfNamespace(labels: Labels, { defaultMode }: CompanionRules): 'keep' | 'record' | undefined {
  const mode = modeOf(labels, defaultMode)
  if (mode === 'audit') return 'record'
  return mode !== undefined && label(labels, injectKey) === injectEnabled ? 'keep' : undefined
}

/** What a workload, its namespace and the configuration ask for, before anything around it is looked at. */
export function companionWish(workload: Wishing, namespaceLabels: Labels, rules: CompanionRules): CompanionWish {
  const { group, kind, metadata } = workload
  const covered = rules.enabled && rules.kinds.has(`${group}/${kind}`)
  if (!covered || isExcluded(metadata.namespace ?? '', rules)) return 'not asked'
  const wish = wishOfNamespace(namespaceLabels, rules)
  if (wish === undefined) return 'not asked'
  if (annotation(metadata, injectKey) === injectDisabled) return 'injection disabled'
  return rules.isExempt(metadata) ? 'exempt' : wish
}

/**
 * Whether a workload is to have a companion, as far as it, its namespace and the configuration say. What else is around it, such as
 * another budget, may still keep it from having one.
 */
export function wantsCompanion(workload: Wishing, namespaceLabels: Labels, rules: CompanionRules): boolean {
  return companionWish(workload, namespaceLabels, rules) === 'keep'
}
