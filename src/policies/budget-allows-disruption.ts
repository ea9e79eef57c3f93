import type { Facts } from '../engine/facts.ts'
import { definePolicy, type Violation } from '../engine/policy.ts'
import { blockageOf, type BudgetSpec } from '../kube/budget.ts'
import { type Group, viewOf } from '../kube/budget-view.ts'
import { disruptionsAtFullHealth, podsOfWorkload } from '../kube/disruptions.ts'
import { atTheirLeast, leastReplicas } from '../kube/least-replicas.ts'

type Around = Pick<Facts, 'budgets' | 'autoscaler' | 'neighbours' | 'workloads'>
type Pods = Omit<Group, 'autoscaler'> & { kind: string; replicas: number }
const fix = 'use maxUnavailable: 1'
const onePod = podsOfWorkload({ kind: 'Deployment', replicas: 1 })

function share({ minAvailable, maxUnavailable }: BudgetSpec, count: number, driven: boolean): string {
  return `${minAvailable ?? maxUnavailable} ${driven ? 'at the floor ' : ''}of ${count} ${count === 1 ? 'pod' : 'pods'}`
}

function blocksAlone(spec: BudgetSpec): Violation[] | undefined {
  const blockage = blockageOf(spec)
  if (blockage === undefined) return undefined
  if (blockage === 'no bound') return [{ field: 'spec', problem: 'without a bound it blocks every drain', fix }]
  const bound = blockage === 'maxUnavailable is 0' ? 'maxUnavailable' : 'minAvailable'
  return [{ field: `spec.${bound}`, problem: `${spec[bound]} blocks every drain`, fix }]
}

/** Certain is what no workload that comes later can change: that the budget is for one workload, by its own selector. */
function ofBudget(spec: BudgetSpec, { workloads }: Around): Violation[] {
  const field = `spec.${spec.minAvailable === undefined ? 'maxUnavailable' : 'minAvailable'}`
  const selected = workloads.known ? atTheirLeast(workloads.value) : []
  const allowed = disruptionsAtFullHealth(spec, workloads.known ? selected.map(podsOfWorkload) : [onePod])
  const open = allowed === 'unknown' || (allowed === 0 && !workloads.known)
  if (open) return [{ field, problem: 'may block every drain', fix, unless: 'workloads', quiet: true }]
  const counted = selected.filter(({ replicas }) => replicas !== undefined)
  if (counted.length === 0 || (allowed !== 0 && allowed !== 'cannot be counted')) return []
  if (allowed !== 0) return [{ field, problem: 'cannot count all that it selects', fix: 'select one workload' }]
  const count = counted.reduce((sum, { replicas = 0 }) => sum + replicas, 0)
  const driven = counted.some(({ autoscaler }) => autoscaler !== null)
  const problem = `${share(spec, count, driven)} blocks every drain`
  const whole = selected.length === 1 && selected.every((group) => viewOf(spec, group) === 'whole')
  return [{ field, problem, fix, ...(whole ? { spares: 'UPDATE' } : { unless: 'intention' }) }]
}

/** Under a wide budget other pods may yet make up for these: it has its say when it is written. */
function ofPods(pods: Pods, { budgets, autoscaler, neighbours }: Around): Violation[] {
  const driver = autoscaler.known ? autoscaler.value : null
  const least = leastReplicas(pods.replicas, driver)
  if (least === 0) return []
  const field = 'spec.replicas'
  if (!budgets.known) return [{ field, problem: 'a budget may keep every pod', fix, unless: 'budgets', quiet: true }]
  return budgets.value.flatMap(({ name, spec, companion }): Violation[] => {
    if (companion || disruptionsAtFullHealth(spec, [podsOfWorkload({ ...pods, replicas: least })]) !== 0) return []
    const alone = blockageOf(spec)
    const problem = alone ?? `${share(spec, least, driver !== null)} must stay`
    const violation = { field, problem, fix: `set maxUnavailable of budget ${name} to 1` }
    if (!autoscaler.known) return [{ ...violation, unless: 'autoscaler' }]
    const view = viewOf(spec, { ...pods, autoscaler: driver })
    if (view === 'whole') return [{ ...violation, spares: 'UPDATE' }]
    const shared = view === 'part' && (!neighbours.known || neighbours.value.someSelectedBy(spec.selector))
    if (shared && alone === undefined) return [{ ...violation, unless: 'neighbours', quiet: true }]
    return [{ ...violation, unless: 'intention' }]
  })
}

export const budgetAllowsDisruption = definePolicy({
  id: 'budget-allows-disruption',
  title: 'No budget leaves zero allowed disruptions at full health',
  since: 'v1',
  appliesTo: ['PodDisruptionBudget', 'Deployment', 'StatefulSet', 'Scale'],
  needs: ['budgets', 'autoscaler', 'neighbours', 'workloads'],
  parameters: {},
  profiles: { baseline: 'required', standard: 'required', critical: 'required' },
  injects: [],
  check({ subject, facts }) {
    if (subject.kind === 'PodDisruptionBudget') return blocksAlone(subject.spec) ?? ofBudget(subject.spec, facts)
    if (subject.kind !== 'Scale') return ofPods({ ...subject, replicas: subject.replicas ?? 1 }, facts)
    const { parentKind: kind, replicas } = subject
    const selector = facts.workloads.known ? facts.workloads.value[0]?.selector : undefined
    // To run fewer for a while, at night or in need, is for people to decide.
    return ofPods({ kind, replicas, selector }, facts).map((found) => ({ unless: 'intention', ...found }))
  }
})
