import type { Labels } from '../kube/label-selector.ts'
import { annotation, type Metadata } from '../kube/metadata.ts'
import { injectKey } from './remedy.ts'

const modeKey = 'holdfast.dev/mode'

/** Which workloads companions are kept for. */
export interface CompanionRules {
  enabled: boolean
  /** As group and kind: `apps/Deployment`. */
  kinds: ReadonlySet<string>
  /** Whether its owner has exempted it from having a budget. */
  isExempt: (metadata: Metadata) => boolean
}

/** What is asked about a workload to know whether it wants a companion. */
export interface Wishing {
  group: string
  kind: string
  metadata: Metadata
}

function label(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

/** Whether the labels of a namespace allow that something is made in it beside what people make. */
export function allowsCompanions(labels: Labels): boolean {
  const mode = label(labels, modeKey)
  return (mode === 'warn' || mode === 'enforce') && label(labels, injectKey) === 'enabled'
}

/**
 * Whether a workload is to have a companion, as far as it, its namespace and the configuration say. What else is around it, such as
 * another budget, may still keep it from having one.
 */
export function wantsCompanion(workload: Wishing, namespaceLabels: Labels, rules: CompanionRules): boolean {
  const { group, kind, metadata } = workload
  return (
    rules.enabled &&
    rules.kinds.has(`${group}/${kind}`) &&
    allowsCompanions(namespaceLabels) &&
    annotation(metadata, injectKey) !== 'disabled' &&
    !rules.isExempt(metadata)
  )
}
