import { allKinds } from '../kube/kinds.ts'
import { apiVersionOf, groupResource, type ResourceKind } from '../kube/resource-kind.ts'
import { type JsonObject, MalformedObject } from '../kube/shape.ts'
import { type ReadFacts, savedSourceOf } from './facts-file.ts'
import type { Inventory } from './inventory.ts'
import { type Readiness, wholeBut } from './readiness.ts'
import type { Source } from './source.ts'

/** A kind whose objects are listed. */
export interface ListedKind extends ResourceKind {
  namespaced: boolean
  /** Clusters may lack it. */
  optional: boolean
}

/** Shows the objects of a cluster, kind by kind: of a live one, or of a saved one. */
export interface Lister {
  /** Of this namespace alone; undefined: of all. */
  readonly namespace: string | undefined
  /**
   * Calls back with every object of a kind; each says its apiVersion and kind, and may be kept. Returns why they are not all, undefined if
   * they are. Throws what `visit` throws, and for nothing else.
   */
  each(kind: ListedKind, visit: (object: JsonObject) => void): Promise<string | undefined>
}

/** A kind that could not be listed, and why. */
export interface Unlisted {
  /** `apps/deployments`. */
  resource: string
  problem: string
}

/** What came of filling an inventory. */
export interface Filled {
  readiness: Readiness
  unlisted: readonly Unlisted[]
}

/** The kinds that an inventory keeps, as they are listed. */
export function listedKindsOf(inventory: Inventory): readonly (ListedKind & { source: Source })[] {
  const listed: (ListedKind & { source: Source })[] = []
  inventory.visitKinds(({ source, kind, optional }) => {
    const { group, version, kind: name, resource } = kind
    listed.push({
      group,
      version,
      kind: name,
      resource,
      source,
      optional,
      namespaced: !clusterWide.has(groupResource(kind))
    })
  })
  return listed
}

/** Custom workloads are in namespaces. */
const clusterWide: ReadonlySet<string> = new Set(allKinds.filter(({ namespaced }) => !namespaced).map(groupResource))

/**
 * Fills an inventory once, and shows each object. A kind that cannot be listed makes its source unready; of an object that cannot be read
 * it is known that it is there, and no more.
 */
export async function fillInventory(
  inventory: Inventory,
  lister: Lister,
  visit: (object: JsonObject) => void = () => {}
): Promise<Filled> {
  const unlisted: Unlisted[] = []
  const unready: Partial<Record<Source, string>> = {}
  let objects = 0
  for (const kind of listedKindsOf(inventory)) {
    const problem = await lister.each(kind, (object) => {
      objects++
      addTo(inventory, object)
      visit(object)
    })
    if (problem === undefined) continue
    unlisted.push({ resource: groupResource(kind), problem })
    unready[kind.source] = `the ${kind.resource} could not be listed`
  }
  inventory.steps.allowFor(objects)
  return { unlisted, readiness: wholeBut(unready) }
}

function addTo(inventory: Inventory, object: JsonObject): void {
  try {
    inventory.add(object)
  } catch (error) {
    if (!(error instanceof MalformedObject)) throw error
    inventory.leaveOut(object)
  }
}

/** Shows the objects of a facts file. */
export function savedLister({ objects, missing, namespace }: ReadFacts): Lister {
  const byKind = Map.groupBy(objects, ({ apiVersion, kind }) => `${String(apiVersion)}/${String(kind)}`)
  return {
    namespace,
    each: async (kind, visit) => {
      for (const object of byKind.get(`${apiVersionOf(kind)}/${kind.kind}`) ?? []) visit(object)
      return missing.get(savedSourceOf(kind))
    }
  }
}
