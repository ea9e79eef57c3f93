import { fileVersion } from '../engine/api.ts'
import { type Kind, kinds } from '../kube/kinds.ts'
import type { ResourceKind } from '../kube/resource-kind.ts'
import { type ServerVersion, parseServerVersion } from '../kube/server-version.ts'
import {
  anything,
  expectShape,
  isObject,
  type JsonObject,
  list,
  MalformedObject,
  object,
  string,
  strings
} from '../kube/shape.ts'
import { type Source, sourceKinds, sources } from './source.ts'

/** What a facts file has beside the sources of facts: what else is judged or shown, when the whole cluster is looked at. */
const savedBeside = {
  replicaSets: [kinds.ReplicaSet],
  pods: [kinds.Pod]
} as const satisfies Readonly<Record<string, readonly Kind[]>>

/** A part of a facts file that is there as a whole, or missing. */
export type SavedSource = Source | keyof typeof savedBeside

const savedKinds: Readonly<Record<SavedSource, readonly Kind[]>> = { ...sourceKinds, ...savedBeside }
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object literal has no keys but those of its type
export const savedSources = Object.keys(savedKinds) as readonly SavedSource[]

/** Where the objects of a kind belong. Kinds that are none of Kubernetes are workloads. */
export function savedSourceOf({ group, kind }: Pick<ResourceKind, 'group' | 'kind'>): SavedSource {
  const isOf = (source: SavedSource) => savedKinds[source].some((one) => one.group === group && one.kind === kind)
  return savedSources.find(isOf) ?? 'workloads'
}

/**
 * What was known of a cluster at one moment, to judge files by without it. `holdfast facts` writes it, `--facts` reads it. It holds no
 * Secrets and no ConfigMaps.
 */
export interface FactsFile {
  apiVersion: typeof fileVersion
  kind: 'Facts'
  /** The release of the API server: `1.36`. Absent if it did not say. */
  serverVersion?: string
  /** Of this namespace alone; absent: of all. */
  namespace?: string
  /** The sources that could not be listed, each with the reason: facts from them are unknown. All others are complete. */
  missing?: Readonly<Partial<Record<SavedSource, string>>>
  /**
   * All objects of the other sources, as the API server shows them. They may be slim: an inventory reads only what it keeps. Each says its
   * apiVersion, kind, name and namespace.
   */
  objects: readonly JsonObject[]
}

/** The content of a facts file. */
export interface ReadFacts {
  serverVersion: ServerVersion | undefined
  /** The only namespace that it has objects of; undefined: it has those of all. */
  namespace: string | undefined
  /** What it does not have all objects of, and why. */
  missing: ReadonlyMap<SavedSource, string>
  /** The sources that it has all objects of. */
  sources: ReadonlySet<Source>
  objects: readonly JsonObject[]
}

const shape = object({
  apiVersion: string,
  kind: string,
  serverVersion: string,
  namespace: string,
  missing: strings,
  objects: list(anything)
})

/** Reads the parsed JSON of a facts file. Throws MalformedObject, which names the field. */
export function readFacts(json: unknown): ReadFacts {
  expectShape(shape, json)
  const { apiVersion, kind, serverVersion, namespace, missing = {}, objects } = json
  if (kind !== 'Facts') throw new MalformedObject('kind: expected Facts')
  if (apiVersion !== fileVersion) throw new MalformedObject(`apiVersion: expected ${fileVersion}`)
  if (objects === undefined) throw new MalformedObject('objects: expected a list')
  const version = serverVersion === undefined ? undefined : parseServerVersion(serverVersion)
  if (serverVersion !== undefined && version === undefined) {
    throw new MalformedObject('serverVersion: expected a Kubernetes version')
  }
  const reasons = new Map<SavedSource, string>()
  for (const [name, reason] of Object.entries(missing)) {
    const source = savedSources.find((known) => known === name)
    if (source === undefined) throw new MalformedObject(`missing: expected one of ${savedSources.join(', ')}`)
    reasons.set(source, reason)
  }
  return {
    serverVersion: version,
    namespace,
    missing: reasons,
    sources: new Set(sources.filter((source) => !reasons.has(source))),
    objects: objects.map((one, index) => {
      if (!isObject(one)) throw new MalformedObject(`objects[${index}]: expected an object`)
      return one
    })
  }
}
