import { Gauge, type Registry } from 'prom-client'
import { type CompanionRules, modeOf } from '../../engine/companion-wish.ts'
import { type ExemptionContext, readTerms, warningDays } from '../../engine/exemption.ts'
import type { Inventory } from '../../inventory/inventory.ts'

const states = ['valid', 'ending', 'ended'] as const
type State = (typeof states)[number]

/** The most series of `holdfast_exemption_days_left`: those of the exemptions that end first. */
const mostSeries = 1000

export interface ExemptionGauges {
  inventory: Inventory
  context: ExemptionContext
  /** Which namespaces opt in: exemptions elsewhere have no effect. */
  rules: Pick<CompanionRules, 'defaultMode' | 'excludedNamespaces'>
  /** Whether this process counts them. Of several controllers, only the leader does. */
  counting: () => boolean
}

/** Adds the gauges of the exemptions, which are counted at each scrape. Names and labels are an interface: dashboards and alerts read them. */
export function gaugeExemptions(registry: Registry, options: ExemptionGauges): void {
  const registers = [registry]
  const counts: Gauge = new Gauge({
    name: 'holdfast_exemptions',
    help: 'Exemptions of workloads, budgets and autoscalers, by state: valid, ending soon or ended. All are 0 in a controller that does not lead.',
    labelNames: ['policy', 'state'],
    registers,
    collect: (): void => {
      for (const policy of options.context.policyIds) for (const state of states) counts.set({ policy, state }, 0)
      for (const { policy, daysLeft } of exemptionsIn(options)) counts.inc({ policy, state: stateOf(daysLeft) })
    }
  })
  const days: Gauge = new Gauge({
    name: 'holdfast_exemption_days_left',
    help: 'Days until the first exemption from a policy in a namespace ends. Negative once it has ended.',
    // Prometheus keeps `namespace` for the pod that it scrapes.
    labelNames: ['object_namespace', 'policy'],
    registers,
    collect: (): void => {
      days.reset()
      for (const { namespace, policy, daysLeft } of soonest(exemptionsIn(options)))
        days.set({ object_namespace: namespace, policy }, daysLeft)
    }
  })
}

/** The exemption of an object from a policy. */
interface Exemption {
  namespace: string
  policy: string
  /** Infinity without an end date. */
  daysLeft: number
}

function* exemptionsIn({ inventory, context, rules, counting }: ExemptionGauges): Iterable<Exemption> {
  if (!counting()) return
  for (const metadata of inventory.judged()) {
    const { namespace = '' } = metadata
    const terms = readTerms(metadata, context)
    if (terms === undefined) continue
    const labels = inventory.namespaces.get(namespace)?.labels ?? {}
    if (modeOf({ name: namespace, labels }, rules) === undefined) continue
    const { policies, daysLeft = Infinity } = terms
    for (const policy of policies) yield { namespace, policy, daysLeft }
  }
}

function stateOf(daysLeft: number): State {
  if (daysLeft < 0) return 'ended'
  return daysLeft <= warningDays ? 'ending' : 'valid'
}

/** Returns, for each namespace and policy, the exemption that ends first; and of these, at most `mostSeries` that end first. */
function soonest(exemptions: Iterable<Exemption>): readonly Exemption[] {
  const first = new Map<string, Exemption>()
  for (const exemption of exemptions) {
    const key = `${exemption.namespace} ${exemption.policy}`
    if (exemption.daysLeft < (first.get(key)?.daysLeft ?? Infinity)) first.set(key, exemption)
  }
  return [...first.values()].toSorted((one, other) => one.daysLeft - other.daysLeft).slice(0, mostSeries)
}
