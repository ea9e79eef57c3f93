import type { Facts } from '../inventory/facts/index.ts'
import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import type { BudgetSpec } from '../kube/budget.ts'
import { disruptionsAtFullHealth, podsOfWorkload } from '../kube/disruptions.ts'
import { mostReplicas } from '../kube/most-replicas.ts'
import type { Workload } from '../kube/workload.ts'

const field = 'spec.selector'
const missing = {
  field,
  problem: 'no budget selects its pods',
  fix: 'add a PodDisruptionBudget with maxUnavailable: 1'
}

export const disruptionBudget = definePolicy({
  id: 'disruption-budget',
  title: 'A budget protects the pods of each workload that may run two or more replicas',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet', 'PodDisruptionBudget'],
  needs: ['budgets', 'companion', 'autoscaler', 'workloads'],
  parameters: {
    atOncePercent: {
      type: 'integer',
      description:
        'A budget is reported if it lets this share of the pods, in percent, be evicted at once. One pod may always be evicted',
      minimum: 1,
      maximum: 100,
      default: 100
    }
  },
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  atMost: 'advised',
  check({ subject, facts, parameters: { atOncePercent }, amended }) {
    if (subject.kind === 'PodDisruptionBudget') {
      return amended('v2') ? protectsNone(subject.spec, atOncePercent, facts) : []
    }
    const { replicas = 1 } = subject
    const { autoscaler } = facts
    if (replicas === 0 || (autoscaler.known && mostReplicas(replicas, autoscaler.value) < 2)) return []
    return lacksBudget(replicas, facts) ?? (amended('v2') ? isUnprotected(subject, atOncePercent, facts) : [])
  }
})

type Around = Pick<Facts, 'budgets' | 'companion' | 'autoscaler' | 'workloads'>

/** Undefined if a budget selects its pods. */
function lacksBudget(replicas: number, { budgets, companion, autoscaler }: Around): Violation[] | undefined {
  if (budgets.known && budgets.value.length > 0) return undefined
  if (companion.known && companion.value) return []
  if (!budgets.known) return [uncertain('budgets', missing, 'never')]
  if (!companion.known) return [uncertain('companion', missing)]
  return [autoscaler.known || replicas > 1 ? certain(missing) : uncertain('autoscaler', missing)]
}

/** Under two budgets no pod can be evicted at all, which one-budget-per-pod reports. A companion gives way to a budget of a person. */
function isUnprotected(subject: Workload, percent: number, { budgets, autoscaler }: Around): Violation[] {
  const own = budgets.known ? budgets.value.filter(({ companion }) => !companion) : []
  const [budget] = own
  if (budget === undefined || own.length > 1) return []
  const { kind, replicas = 1 } = subject
  const most = mostReplicas(replicas, autoscaler.known ? autoscaler.value : null)
  const shown = letGo(budget.spec, { kind, replicas: most }, percent)
  if (shown === undefined) return []
  const problem = `budget ${nameText(budget.name)} lets ${shown} be evicted at once`
  // The API server refuses both bounds together.
  const where = budget.spec.minAvailable === undefined ? 'in the budget' : 'there instead'
  const shortfall = { field, problem, fix: `use maxUnavailable: 1 ${where}` }
  const isSure = autoscaler.known || letsEverythingGo(budget.spec)
  return [isSure ? certain(shortfall) : uncertain('autoscaler', shortfall)]
}

function protectsNone(spec: BudgetSpec, percent: number, { workloads }: Around): Violation[] {
  const [bound, fix] =
    spec.minAvailable === undefined ? (['maxUnavailable', ''] as const) : (['minAvailable', ' instead'] as const)
  const shortfall = { field: `spec.${bound}`, fix: `use maxUnavailable: 1${fix}` }
  if (!workloads.known) {
    if (letGo(spec, twoPods, percent) === undefined) return []
    return [uncertain('workloads', { ...shortfall, problem: 'may let all pods be evicted at once' }, 'never')]
  }
  for (const { kind, metadata, replicas = 0, autoscaler } of workloads.value) {
    const most = replicas === 0 ? 0 : mostReplicas(replicas, autoscaler)
    const shown = metadata.deletionTimestamp === undefined ? letGo(spec, { kind, replicas: most }, percent) : undefined
    if (shown === undefined) continue
    return [
      certain({ ...shortfall, problem: `lets ${shown} of ${kind} ${nameText(metadata.name ?? '')} be evicted at once` })
    ]
  }
  return []
}

const twoPods = { kind: 'Deployment', replicas: 2 }

/** How many of the pods may be evicted at once, if that is too many: `all 3 pods`, `5 of 8 pods`. */
function letGo(spec: BudgetSpec, pods: { kind: string; replicas: number }, percent: number): string | undefined {
  const { replicas } = pods
  if (replicas < 2) return undefined
  const allowed = disruptionsAtFullHealth(spec, [podsOfWorkload(pods)])
  const most = Math.max(2, Math.ceil((percent * replicas) / 100))
  if (typeof allowed !== 'number' || allowed < most) return undefined
  return allowed === replicas ? `all ${replicas} pods` : `${allowed} of ${replicas} pods`
}

/** Whether the budget lets all pods be evicted at once, whatever their number. */
function letsEverythingGo(spec: BudgetSpec): boolean {
  const many = 1_000_000
  return disruptionsAtFullHealth(spec, [podsOfWorkload({ ...twoPods, replicas: many })]) === many
}
