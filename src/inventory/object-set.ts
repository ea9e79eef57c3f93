import { sameJson } from '../kube/json.ts'
import { kinds } from '../kube/kinds.ts'
import type { ServerVersion } from '../kube/server-version.ts'
import { isObject, type JsonObject, MalformedObject } from '../kube/shape.ts'
import { apiVersionOf } from '../kube/resource-kind.ts'
import { groupOf } from '../kube/workload-key.ts'
import type { CompanionRules } from '../engine/companion-wish.ts'
import type { Fact } from './fact.ts'
import { buildFactSource, type FactSource } from './fact-source.ts'
import { Inventory, type InventoryOptions } from './inventory.ts'
import { type Readiness, wholeBut } from './readiness.ts'
import { type Source, sources } from './source.ts'

/** An object of a set, and the file that it is in. It says its namespace, if its kind has one. */
export interface SetObject {
  value: JsonObject
  /** A path with `/`. Objects of one file, and then those of one folder, belong together more than others. */
  file: string
}

export interface ObjectSetOptions extends Pick<InventoryOptions, 'customWorkloads'> {
  /** What is not in the set may exist all the same. By default it does not, but for nodes. */
  partial?: boolean
  /** What the set is laid over, as if it were applied there. */
  cluster?: ClusterPart | undefined
  serverVersion: Fact<ServerVersion>
  companions: CompanionRules
}

/** Objects of a cluster, and the sources that they are all of: of one namespace, or of all. */
export interface ClusterPart {
  objects: readonly JsonObject[]
  sources: ReadonlySet<Source>
  namespace?: string | undefined
}

/** Several objects of one identity, in more than one file. */
export interface Contested {
  /** `Deployment shop/web`. */
  name: string
  files: readonly string[]
}

/**
 * Everything that is given at once: its objects are the facts about each other. If one identity has several objects, as in the overlays of
 * an application, an object sees the one of its own file, else the one of its own folder; else facts that come from it are unknown.
 */
export class ObjectSet {
  readonly contested: readonly Contested[]
  readonly inventory: Inventory
  readonly readiness: Readiness
  readonly #source: FactSource
  /** By file and by folder, the contested objects that others there see. */
  readonly #picks = new Map<string, JsonObject[]>()
  #folder: readonly JsonObject[] = nothing
  #file: readonly JsonObject[] = nothing
  #entered: string | undefined

  constructor(objects: readonly SetObject[], options: ObjectSetOptions) {
    const { customWorkloads, cluster, serverVersion, companions, partial = false } = options
    this.inventory = new Inventory({ customWorkloads })
    for (const object of cluster?.objects ?? []) this.#add(object)
    if (cluster?.namespace !== undefined) this.#hideOthers(objects, cluster.namespace)
    const byIdentity = Map.groupBy(objects, ({ value }) => identityOf(value))
    const contested: Contested[] = []
    for (const [name, same] of byIdentity) {
      const last = same.at(-1)
      if (name === undefined || last === undefined) continue
      const files = [...new Set(same.map(({ file }) => file))]
      if (files.length === 1 || same.every(({ value }) => sameJson(value, last.value))) {
        this.#add(last.value)
      } else {
        this.#leaveOut(last.value)
        this.#pick(same)
        contested.push({ name: shownName(last.value), files })
      }
    }
    this.inventory.steps.allowFor(objects.length)
    this.contested = contested
    this.readiness = wholeBut(missingSources(objects, partial, cluster?.sources))
    if (!partial || cluster?.sources.has('namespaces') === true) this.#addNamespaces(objects)
    this.#source = buildFactSource({
      inventory: this.inventory,
      readiness: this.readiness,
      serverVersion: () => serverVersion,
      companions
    })
  }

  /** The facts as an object of the file sees them, until the next call. */
  seenFrom(file: string): FactSource {
    if (this.#entered === file) return this.#source
    const folder = folderOf(file)
    const entersFolder = this.#entered === undefined || folderOf(this.#entered) !== folder
    for (const object of this.#file) this.#leaveOut(object)
    if (entersFolder) {
      for (const object of this.#folder) this.#leaveOut(object)
      this.#folder = this.#picks.get(folder) ?? nothing
      for (const object of this.#folder) this.#add(object)
    }
    this.#file = this.#picks.get(file) ?? nothing
    for (const object of this.#file) this.#add(object)
    this.#entered = file
    return this.#source
  }

  /** Of the objects of one identity: the last of a file is what others of its file see; so is the only file of a folder, for the folder. */
  #pick(same: readonly SetObject[]): void {
    const byFolder = Map.groupBy(same, ({ file }) => folderOf(file))
    for (const [folder, inFolder] of byFolder) {
      const byFile = new Map(inFolder.map(({ file, value }) => [file, value]))
      for (const [file, value] of byFile) {
        const place = byFile.size === 1 ? folder : file
        const picked = this.#picks.get(place)
        if (picked === undefined) this.#picks.set(place, [value])
        else picked.push(value)
      }
    }
  }

  /** What the cluster has in namespaces that were not looked at, nobody knows: something of each kind may be there. */
  #hideOthers(objects: readonly SetObject[], seen: string): void {
    const others = new Set(objects.map(({ value }) => namespaceOf(value)))
    for (const namespace of others) {
      if (namespace === '' || namespace === seen) continue
      this.inventory.visitKinds(({ kind }) => {
        if (kind.kind === kinds.Node.kind || kind.kind === kinds.Namespace.kind) return
        this.#leaveOut({ apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { namespace, name: '*' } })
      })
    }
  }

  /** A namespace that nothing is said of has no labels. */
  #addNamespaces(objects: readonly SetObject[]): void {
    for (const name of new Set(objects.map(({ value }) => namespaceOf(value)))) {
      if (name !== '' && this.inventory.namespaces.get(name) === undefined) this.#add(emptyNamespace(name))
    }
  }

  /** What an object means that cannot be read, nobody knows. */
  #add(object: JsonObject): void {
    try {
      this.inventory.add(object)
    } catch (error) {
      if (!(error instanceof MalformedObject)) throw error
      this.#leaveOut(object)
    }
  }

  #leaveOut(object: JsonObject): void {
    try {
      this.inventory.leaveOut(object)
    } catch (error) {
      // Without a name it is not in the way of any other object.
      if (!(error instanceof MalformedObject)) throw error
    }
  }
}

const nothing: readonly JsonObject[] = []

function emptyNamespace(name: string): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** Why a source is not complete. Nobody keeps the nodes of a cluster in files: unless some are there, they are unknown. */
function missingSources(
  objects: readonly SetObject[],
  partial: boolean,
  fromCluster: ReadonlySet<Source> | undefined
): Partial<Record<Source, string>> {
  const why = fromCluster !== undefined ? 'not in the facts' : partial ? 'the set is only a part' : undefined
  const missing: Partial<Record<Source, string>> = {}
  for (const source of sources) if (why !== undefined && fromCluster?.has(source) !== true) missing[source] = why
  const hasNodes = objects.some(({ value }) => value['kind'] === kinds.Node.kind && value['apiVersion'] === 'v1')
  if (hasNodes) delete missing.nodes
  else if (fromCluster?.has('nodes') !== true) missing.nodes = 'no nodes are in the set'
  return missing
}

/** What makes two objects one: undefined for an object without a name, which is like no other. */
function identityOf(value: JsonObject): string | undefined {
  const { apiVersion, kind } = value
  const name = nameOf(value)
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || name === '') return undefined
  return `${groupOf(apiVersion)}/${kind}/${namespaceOf(value)}/${name}`
}

function shownName(value: JsonObject): string {
  const namespace = namespaceOf(value)
  return `${String(value['kind'])} ${namespace === '' ? '' : `${namespace}/`}${nameOf(value)}`
}

function nameOf({ metadata }: JsonObject): string {
  return isObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : ''
}

function namespaceOf({ metadata }: JsonObject): string {
  return isObject(metadata) && typeof metadata['namespace'] === 'string' ? metadata['namespace'] : ''
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1)
}
