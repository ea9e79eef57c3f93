import type { Inventory } from '../../inventory/inventory.ts'
import { label } from '../../kube/label-selector.ts'
import { controllerOf, metadata } from '../../kube/metadata.ts'
import {
  anything,
  boolean,
  expectShape,
  list,
  object,
  string,
  strings,
  type JsonObject,
  MalformedObject
} from '../../kube/shape.ts'
import { groupOf } from '../../kube/workload-key.ts'
import type { PlacedWorkload, Placement } from '../../report/cluster-report.ts'

const podShape = object({ metadata, spec: object({ nodeName: string }), status: object({ phase: string }) })
const nodeShape = object({
  metadata: object({ name: string, labels: strings }),
  spec: object({ unschedulable: boolean, taints: anything }),
  status: object({ conditions: list(object({ type: string, status: string })) })
})

const zoneKey = 'topology.kubernetes.io/zone'
const ended: ReadonlySet<string> = new Set(['Succeeded', 'Failed'])

interface Placed extends Omit<PlacedWorkload, 'pods'> {
  pods: Map<number, number>
}

/** Counts the pods of each workload on each node. It keeps no pod. */
export class PodMap {
  readonly #nodes: Placement['nodes']
  readonly #indices: ReadonlyMap<string, number>
  readonly #inventory: Inventory
  readonly #workloads = new Map<string, Placed>()

  constructor(nodes: readonly JsonObject[], inventory: Inventory) {
    this.#nodes = nodes.flatMap(nodeOf).toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1))
    this.#indices = new Map(this.#nodes.map(({ name }, index) => [name, index]))
    this.#inventory = inventory
  }

  add(pod: JsonObject): void {
    if (!isReadable(podShape, pod)) return
    expectShape(podShape, pod)
    const { metadata: given = {}, spec = {}, status = {} } = pod
    if (ended.has(status.phase ?? '') || given.deletionTimestamp !== undefined) return
    const { namespace = '' } = given
    const { kind, name } = this.#workloadOf(given)
    const key = `${namespace}/${kind}/${name}`
    const placed = this.#workloads.get(key) ?? { namespace, kind, name, pods: new Map(), pending: 0 }
    this.#workloads.set(key, placed)
    const node = this.#indices.get(spec.nodeName ?? '')
    if (node === undefined) placed.pending++
    else placed.pods.set(node, (placed.pods.get(node) ?? 0) + 1)
  }

  placement(): Placement {
    const workloads = [...this.#workloads].toSorted(([one], [other]) => (one < other ? -1 : 1))
    return {
      nodes: this.#nodes,
      workloads: workloads.map(([, { pods, ...rest }]) => {
        return { ...rest, pods: [...pods].toSorted(([one], [other]) => one - other) }
      })
    }
  }

  /** A ReplicaSet of a Deployment has its name, and the hash of the template, which its pods have as a label. */
  #workloadOf(given: Parameters<typeof controllerOf>[0]): { kind: string; name: string } {
    const owner = controllerOf(given)
    const { namespace = '', name: ownName = '', labels = {} } = given
    if (owner === undefined) return { kind: 'Pod', name: ownName }
    const { apiVersion = '', kind = '', name = '' } = owner
    const hash = label(labels, 'pod-template-hash')
    if (kind === 'ReplicaSet' && groupOf(apiVersion) === 'apps' && hash !== undefined && name.endsWith(`-${hash}`)) {
      const deployment = { group: 'apps', kind: 'Deployment', namespace, name: name.slice(0, -hash.length - 1) }
      if (this.#inventory.workloads.get(deployment) !== undefined) return deployment
    }
    return { kind, name }
  }
}

function isReadable(shape: Parameters<typeof expectShape>[0], value: unknown): boolean {
  try {
    expectShape(shape, value)
    return true
  } catch (error) {
    if (!(error instanceof MalformedObject)) throw error
    return false
  }
}

function nodeOf(node: JsonObject): Placement['nodes'][number][] {
  if (!isReadable(nodeShape, node)) return []
  expectShape(nodeShape, node)
  const { metadata: { name = '', labels = {} } = {}, spec: { unschedulable = false } = {}, status = {} } = node
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
  return [{ name, zone: label(labels, zoneKey) ?? '', ready, schedulable: !unschedulable }]
}

function placeOf({ zone, name }: Placement['nodes'][number]): string {
  return `${zone}/${name}`
}
