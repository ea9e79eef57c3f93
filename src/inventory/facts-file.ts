import { fileVersion } from '../engine/api.ts'
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
import { type Source, sources } from './source.ts'

/**
 * What was known of a cluster at one moment, to judge files by without it. `holdfast facts` writes it, `--facts` reads it. It holds no
 * Secrets and no ConfigMaps.
 */
export interface FactsFile {
  apiVersion: typeof fileVersion
  kind: 'Facts'
  /** The release of the API server: `1.36`. Absent if it did not say. */
  serverVersion?: string
  /** The sources that could not be listed, each with the reason: facts from them are unknown. All others are complete. */
  missing?: Readonly<Partial<Record<Source, string>>>
  /**
   * All objects of the other sources, as the API server shows them. They may be slim: an inventory reads only what it keeps. Each says its
   * apiVersion, kind, name and namespace.
   */
  objects: readonly JsonObject[]
}

/** The content of a facts file. */
export interface ReadFacts {
  serverVersion: ServerVersion | undefined
  /** The sources that it has all objects of. */
  sources: ReadonlySet<Source>
  objects: readonly JsonObject[]
}

const shape = object({
  apiVersion: string,
  kind: string,
  serverVersion: string,
  missing: strings,
  objects: list(anything)
})

/** Reads the parsed JSON of a facts file. Throws MalformedObject, which names the field. */
export function readFacts(json: unknown): ReadFacts {
  expectShape(shape, json)
  const { apiVersion, kind, serverVersion, missing = {}, objects } = json
  if (kind !== 'Facts') throw new MalformedObject('kind: expected Facts')
  if (apiVersion !== fileVersion) throw new MalformedObject(`apiVersion: expected ${fileVersion}`)
  if (objects === undefined) throw new MalformedObject('objects: expected a list')
  const version = serverVersion === undefined ? undefined : parseServerVersion(serverVersion)
  if (serverVersion !== undefined && version === undefined) {
    throw new MalformedObject('serverVersion: expected a Kubernetes version')
  }
  const known: ReadonlySet<string> = new Set(sources)
  const stranger = Object.keys(missing).find((source) => !known.has(source))
  if (stranger !== undefined) throw new MalformedObject(`missing: expected one of ${sources.join(', ')}`)
  return {
    serverVersion: version,
    sources: new Set(sources.filter((source) => !Object.hasOwn(missing, source))),
    objects: objects.map((one, index) => {
      if (!isObject(one)) throw new MalformedObject(`objects[${index}]: expected an object`)
      return one
    })
  }
}
