import { Gauge, type Registry } from 'prom-client'
import { modeKey, modeOff, modes } from '../../engine/api.ts'
import { type CompanionRules, modeOf } from '../../engine/companion-wish.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { label } from '../../kube/label-selector.ts'

/** `mistyped`: its label names no mode, whatever applies instead. */
const states = [...modes, 'none', 'mistyped'] as const

export interface NamespaceGauge {
  namespaces: Pick<Inventory['namespaces'], 'entries'>
  rules: Pick<CompanionRules, 'defaultMode' | 'excludedNamespaces'>
  /** Whether this process counts them. Of several controllers, only the leader does. */
  counting: () => boolean
}

/** Adds the gauge of namespaces, which are counted at each scrape. Its name and label are an interface: dashboards and alerts read them. */
export function gaugeNamespaces(registry: Registry, options: NamespaceGauge): void {
  const gauge: Gauge = new Gauge({
    name: 'holdfast_namespaces',
    help: 'Namespaces by mode; mistyped if the label names no mode. All are 0 in a controller that does not lead.',
    labelNames: ['mode'],
    registers: [registry],
    collect: (): void => {
      const counts = countOf(options)
      for (const mode of states) gauge.set({ mode }, counts.get(mode) ?? 0)
    }
  })
}

function countOf({ namespaces, rules, counting }: NamespaceGauge): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  if (!counting()) return counts
  for (const [name, { labels }] of namespaces.entries()) {
    const written = label(labels, modeKey)
    const isKnown = written === undefined || written === modeOff || modes.some((mode) => mode === written)
    const state = isKnown ? (modeOf({ name, labels }, rules) ?? 'none') : 'mistyped'
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  return counts
}
