import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FactSource } from '../src/inventory/fact-source.ts'
import { factNames, type Facts } from '../src/inventory/facts/index.ts'
import type { Subject } from '../src/engine/policy.ts'
import { parseAutoscaler } from '../src/kube/autoscaler.ts'
import { parseBudget } from '../src/kube/budget.ts'
import { parseScale } from '../src/kube/scale.ts'
import { parseWorkload } from '../src/kube/workload.ts'
import { autoscalerOf, budgetOf, deploymentOf, keepCluster } from './kept-cluster.ts'
import { median } from './median.ts'
import { toTable } from './table.ts'

const few = 10
const many = 10_000
const rounds = 60
const reviewsInRound = 2000
const mebibyte = 1024 * 1024

const name = 'service-7'
const namespace = 'team-0'
const scale = parseScale('Deployment', { metadata: { name, namespace }, spec: { replicas: 2 } })
const subjects: Readonly<Record<string, Subject>> = {
  'a Deployment': parseWorkload('Deployment', deploymentOf(name, namespace)),
  'a budget': parseBudget(budgetOf(name, namespace)),
  'an autoscaler': parseAutoscaler('HorizontalPodAutoscaler', autoscalerOf(name, namespace)),
  'a Scale': scale
}

/** Asks for every fact there is; more than any policy set does. */
function read(facts: Facts, subject: Subject): number {
  let found = 0
  for (const fact of factNames) if (facts[fact].known) found++
  const { neighbours } = facts
  if (neighbours.known && 'selector' in subject) neighbours.value.someSelectedBy(subject.selector)
  return found
}

/** Microseconds of CPU time for the facts of one review. */
function costOf({ factsFor, namespaceLabels }: FactSource, subject: Subject): number {
  const before = process.cpuUsage()
  for (let review = 0; review < reviewsInRound; review++) {
    namespaceLabels(namespace)
    read(factsFor(subject), subject)
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / reviewsInRound
}

interface Row {
  of: string
  few: number
  many: number
  ratio: number
}

function measure(): Row[] {
  const small = keepCluster({ workloads: few, nodes: few, namespaces: 1 })
  const large = keepCluster({ workloads: many, nodes: 1000, namespaces: 1 })
  return Object.entries(subjects).map(([of, subject]) => {
    const costs = Array.from({ length: rounds }, (_, round) => {
      const inOrder = round % 2 === 0 ? ([small, large] as const) : ([large, small] as const)
      const [one, other] = inOrder.map(({ source }) => costOf(source, subject))
      return round % 2 === 0 ? { few: one ?? 0, many: other ?? 0 } : { few: other ?? 0, many: one ?? 0 }
    }).slice(rounds / 2)
    const ofFew = costs.map((cost) => cost.few)
    const ofMany = costs.map((cost) => cost.many)
    const ratio = median(costs.map((cost) => cost.many / cost.few))
    return { of, few: median(ofFew), many: median(ofMany), ratio }
  })
}

function heapMiB(collect: () => void): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed / mebibyte
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

function memory(): string {
  const amounts = { workloads: 5000, nodes: 1000, namespaces: 200 }
  const collect = collector()
  const before = heapMiB(collect)
  const began = performance.now()
  const { cache } = keepCluster(amounts)
  const filledMs = performance.now() - began
  const heap = heapMiB(collect) - before
  const kept = [...cache.staleness()].length
  return `${heap.toFixed(1)} MiB of heap for 5000 Deployments with a budget, a Service, an autoscaler, a claim and a volume each, and 1000 nodes (${kept} resources, filled in ${Math.round(filledMs)} ms)`
}

const memoryText = memory()
const rows = measure()
console.log(`facts of one review, all read, CPU µs; all workloads in one namespace, all with a label in common\n`)
console.log(
  toTable(
    [
      { head: 'of', cell: ({ of }: Row) => of },
      { head: `${few} workloads`, cell: (row: Row) => row.few.toFixed(2) },
      { head: `${many} workloads`, cell: (row: Row) => row.many.toFixed(2) },
      { head: 'ratio', cell: ({ ratio }: Row) => ratio.toFixed(2) }
    ],
    rows
  )
)
console.log(`\n${memoryText}`)
