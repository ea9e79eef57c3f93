import { kinds } from '../../src/kube/kinds.ts'
import { inventoryOf, sourceOf } from '../support/inventory.ts'
import { admitFrom, reviewOf } from '../support/workloads.ts'
import type { Shape } from './shapes.ts'

/** CPU time of a judgement at sizes 1, 2 and 4; milliseconds. */
export interface Cost {
  /** Of the review at the largest size; bytes. */
  bytes: number
  ms: readonly [one: number, two: number, four: number]
}

const sizes = [1, 2, 4] as const
const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
const threeNodes = ['a', 'b', 'c'].map((zone) => {
  const labels = { 'kubernetes.io/hostname': zone, 'topology.kubernetes.io/zone': zone }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: zone, labels } }
})

/**
 * What a shape costs at `scale` times its sizes: the slower one of a patch and a verdict. What does not look linear is measured once more,
 * at twice the sizes: what disturbs a few milliseconds matters less there, and what is quadratic still is.
 */
export function costOf(build: (n: number) => Shape, scale = 1): Cost {
  const cost = measuredCostOf(build, scale)
  return isLinear(cost) ? cost : measuredCostOf(build, 2 * scale)
}

function measuredCostOf(build: (n: number) => Shape, scale: number): Cost {
  const measured = sizes.map((size) => judged(build(size * scale), cpuMsOf))
  const [one, two, four] = measured.map(({ ms }) => ms)
  return { bytes: measured.at(-1)?.bytes ?? 0, ms: [one ?? 0, two ?? 0, four ?? 0] }
}

/** Below this nobody has to care how a cost grows. */
const floorMs = 10

/** Undefined for a shape that costs next to nothing at its largest size, which is quickly seen. */
export function notableCostOf(build: (n: number) => Shape): Cost | undefined {
  return judged(build(4), glanceMsOf).ms <= floorMs ? undefined : costOf(build)
}

/** Whether a cost grows in proportion to the size, to within a factor of two. */
export function isLinear({ ms: [one, , four] }: Cost): boolean {
  return four <= floorMs || four <= 8 * one
}

type Measure = (judge: (body: unknown) => void, text: string) => number

function judged({ kind, object, old, around = [] }: Shape, measure: Measure): { bytes: number; ms: number } {
  const nodes = around.some((other) => other['kind'] === 'Node') ? [] : threeNodes
  const admit = admitFrom(sourceOf(inventoryOf([home, ...nodes, ...around])), { profile: 'critical' })
  const { group, version, resource: plural } = kinds[kind]
  const request = { resource: { group, version, resource: plural }, dryRun: false }
  const text = JSON.stringify(reviewOf({ object, ...(old !== undefined && { oldObject: old }), request }))
  const ms = (['mutate', 'enforce'] as const).map((endpoint) => measure((body) => admit(endpoint, body), text))
  return { bytes: Buffer.byteLength(text), ms: Math.max(...ms) }
}

/** Once, after a run that warms up. */
function glanceMsOf(judge: (body: unknown) => void, text: string): number {
  judge(JSON.parse(text))
  return batchOf(judge, [text])
}

/** The kernel counts the time of a thread in steps of some milliseconds, so short runs are measured together. */
const togetherMs = 20
const mostTogether = 64
const batches = 3

/** The best of some batches, after a run that warms up. */
function cpuMsOf(judge: (body: unknown) => void, text: string): number {
  const began = performance.now()
  judge(JSON.parse(text))
  const count = Math.min(mostTogether, Math.ceil(togetherMs / (performance.now() - began)))
  return Math.min(
    ...Array.from({ length: batches }, () =>
      batchOf(
        judge,
        Array.from({ length: count }, () => text)
      )
    )
  )
}

function batchOf(judge: (body: unknown) => void, texts: readonly string[]): number {
  // Fresh objects each time: what was worked out of one is remembered.
  const bodies = texts.map((text): unknown => JSON.parse(text))
  const before = process.threadCpuUsage()
  for (const body of bodies) judge(body)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000 / bodies.length
}
