import type { CompanionRules } from '../../src/engine/companion-wish.ts'
import { type Fact, known } from '../../src/inventory/fact.ts'
import type { FactInputs } from '../../src/inventory/fact-definition.ts'
import { buildFactSource, type FactSource } from '../../src/inventory/fact-source.ts'
import { type Facts, factsFrom } from '../../src/inventory/facts/index.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { wholeBut } from '../../src/inventory/readiness.ts'
import { allKinds, type KindName, type Subject } from '../../src/kube/kinds.ts'

type Json = Readonly<Record<string, unknown>>

/** An inventory that holds these objects, each of a kind that it keeps. */
export function inventoryOf(objects: Iterable<Json>, inventory = new Inventory()): Inventory {
  for (const object of objects) {
    if (!inventory.add(structuredClone(object))) throw new Error(`no inventory keeps a ${String(object['kind'])}`)
  }
  return inventory
}

/** The objects of one kind in an inventory, as a watch changes them. */
interface Watched {
  list(objects: readonly Json[]): void
  delete(key: string): void
}

function keyOf({ metadata }: Json): string {
  const { namespace, name } = metadata as { namespace?: string; name: string }
  return namespace === undefined ? name : `${namespace}/${name}`
}

export function watchedIn(inventory: Inventory, name: KindName): Watched {
  const found: Watched[] = []
  inventory.visitKinds(({ kind, transform, store }) => {
    if (kind.kind !== name) return
    found.push({
      list: (objects) =>
        store.replace(new Map(objects.map((object) => [keyOf(object), transform(structuredClone(object))]))),
      delete: (key) => store.delete(key)
    })
  })
  const [watched] = found
  if (watched === undefined) throw new Error(`no inventory keeps a ${name}`)
  return watched
}

const companions: CompanionRules = {
  enabled: true,
  kinds: new Set(['apps/Deployment', 'apps/StatefulSet']),
  excludedNamespaces: new Set(),
  isExempt: () => false
}

const release = () => known({ major: 1, minor: 33 })

/** The facts that an inventory gives, which is all there is; of a server of release 1.33. */
export function sourceOf(inventory: Inventory, given: Partial<FactInputs> = {}): FactSource {
  return buildFactSource({ inventory, readiness: wholeBut(), serverVersion: release, companions, ...given })
}

const home = 'shop'
const nodes: readonly Json[] = ['a', 'b', 'c'].map((zone) => {
  const labels = { 'topology.kubernetes.io/zone': zone, 'kubernetes.io/hostname': `node-${zone}` }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${zone}`, labels } }
})

/** APIServices of an API server that passes the metrics of autoscalers on. */
export const servedGroups: readonly Json[] = [
  apiServiceOf('apps', 'v1'),
  apiServiceOf('metrics.k8s.io'),
  apiServiceOf('custom.metrics.k8s.io'),
  apiServiceOf('external.metrics.k8s.io')
]

export function apiServiceOf(group: string, version = 'v1beta1'): Json {
  const metadata = { name: `${version}.${group}` }
  return { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata, spec: { group, version } }
}

const inNone = new Set<unknown>(allKinds.filter(({ namespaced }) => !namespaced).map(({ kind }) => kind))

/** The namespace that the API server fills in, where the kind has one. */
function inNamespace<T extends { metadata?: unknown; kind?: unknown }>(object: T): T {
  if (inNone.has(object.kind)) return object
  return { ...object, metadata: { namespace: home, ...(object.metadata as Json) } }
}

/**
 * The facts around a subject in the midst of other objects, in the namespace shop but where they say another. There are three nodes in
 * three zones, but where nodes are among the objects. Facts that are given go before what the objects come to.
 */
export function factsAround(subject: Subject, objects: readonly Json[], given: Partial<Facts> = {}): Facts {
  const inventory = new Inventory()
  const isNode = ({ kind }: Json) => kind === 'Node'
  if (!objects.some(isNode)) inventoryOf(nodes, inventory)
  const { metadata } = inNamespace(subject)
  inventoryOf([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: metadata.namespace } }], inventory)
  inventoryOf(objects.map(inNamespace), inventory)
  const facts = sourceOf(inventory).factsFor({ ...subject, metadata })
  return { ...factsFrom((name) => facts[name]), ...given }
}

/** Of a fact that has to be known. */
export function valueOf<T>(fact: Fact<T>): T {
  if (!fact.known) throw new Error(fact.why)
  return fact.value
}
