import type { Metadata } from '../kube/metadata.ts'

/** The labels that say that a budget is a companion: ours to change and to remove. */
export const companionLabels = {
  'app.kubernetes.io/managed-by': 'holdfast',
  'holdfast.dev/companion': 'true'
} as const

const entries = Object.entries(companionLabels)

/** Whether a budget bears the mark. Who takes one of the labels off makes the budget their own. */
export function isCompanion({ labels = {} }: Metadata): boolean {
  return entries.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
}
