import { valueAt } from '../../kube/json.ts'
import { annotation } from '../../kube/metadata.ts'
import { handlerIn } from '../../kube/probe.ts'
import { applyManagers, lastAppliedIn } from '../../kube/provenance.ts'
import { isObject } from '../../kube/shape.ts'
import { podSpecAt, type Workload } from '../../kube/workload.ts'
import { injectedKey } from '../api.ts'
import type { RecordEntry } from './record.ts'
import { managedPath, resolveSpecPath } from './spec-path.ts'

/** Whether the manifests that were applied state a path below the pod spec; unknown where nothing shows what was applied. */
export type InManifests = (path: string) => 'written' | 'absent' | 'unknown'

/** What the manifests of a workload say about paths below its pod spec. */
export interface Manifests {
  inManifests: InManifests
  isWritten: (path: string) => boolean
  /** A mark that identifies the manifest of a client-side apply, if it states the path and no server-side apply does. */
  markOf: (path: string) => string | undefined
}

/** Looks into the manifests of a workload. Reads them for the first path only: most objects have no record to ask about, and reading takes time. */
export function appliedManifests(workload: Workload): Manifests {
  let manifests: Manifests | undefined
  const read = () => (manifests ??= readManifests(workload))
  return {
    inManifests: (path) => read().inManifests(path),
    isWritten: (path) => read().isWritten(path),
    markOf: (path) => read().markOf(path)
  }
}

/**
 * The entries of a record but for those that a person has taken over, by writing the same into a manifest. What was taken over is left
 * as it is, whatever it was derived from. An entry with a mark was injected where the manifest of that time states a value that is no
 * longer in the object: only another manifest takes it over.
 */
export function withoutTakenOver(
  entries: readonly RecordEntry[],
  { isWritten, markOf }: Manifests
): readonly RecordEntry[] {
  return entries.filter((entry) => {
    const path = decidingPath(entry)
    return !isWritten(path) || (entry.manifest !== undefined && entry.manifest === markOf(path))
  })
}

/**
 * Marks the entries whose place a manifest states although it was injected there: somebody patched the object beside it. The annotation
 * of a client-side apply goes on stating what was patched away.
 */
export function marked(entries: readonly RecordEntry[], { markOf }: Manifests): readonly RecordEntry[] {
  return entries.map((entry) => {
    const { policy, at, value, instead } = entry
    const mark = markOf(decidingPath(entry))
    const written: RecordEntry = { policy, at, value }
    if (instead !== undefined) written.instead = instead
    if (mark !== undefined) written.manifest = mark
    return written
  })
}

/** Whether a request replaces the whole object, as the PUT of a manifest does: an object that is changed as it stands has its record. */
export function replacesObject({ metadata }: Workload): boolean {
  return annotation(metadata, injectedKey) === undefined
}

function readManifests(workload: Workload): Manifests {
  const { object } = workload
  const specAt = podSpecAt(workload)
  const manifest = lastAppliedIn(object)
  const applied = valueAt(manifest, specAt)
  const specFields = specAt.map((token) => `f:${token}`)
  const managed = applyManagers(object).map(({ fieldsV1 }) => valueAt(fieldsV1, specFields))
  const shown = isObject(applied) || managed.length > 0
  const isInAnnotation = (path: string): boolean => {
    const tokens = isObject(applied) ? resolveSpecPath(applied, path) : undefined
    return tokens !== undefined && valueAt(applied, tokens) !== undefined
  }
  const isManaged = (path: string): boolean => {
    const fields = managedPath(path)
    return managed.some((owned) => valueAt(owned, fields) !== undefined)
  }
  const isWritten = (path: string) => isInAnnotation(path) || isManaged(path)
  let mark: string | undefined
  return {
    isWritten,
    inManifests: (path) => {
      if (isWritten(path)) return 'written'
      const fields = managedPath(path)
      return shown && !managed.some((owned) => isGarbled(owned, fields)) ? 'absent' : 'unknown'
    },
    markOf: (path) => {
      if (!isInAnnotation(path) || isManaged(path)) return undefined
      return (mark ??= fingerprint(JSON.stringify(manifest)))
    }
  }
}

/** Tells the manifests of one object apart: FNV-1a, eight hexadecimal digits. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/**
 * Whether a key of a list's items is one that no container's can be: with a backslash. JSON.parse of V8 12.8 and later (nodejs/node#63785)
 * takes a key that is written with escapes, as `k:{"name":"web"}` is, for one with a backslash that it has lately read in the same place,
 * which may have been in anybody's manifest.
 */
function isGarbled(owned: unknown, fields: readonly string[]): boolean {
  return fields.some((field, index) => {
    const items = field.startsWith('k:') ? valueAt(owned, fields, index) : undefined
    return isObject(items) && Object.keys(items).some((key) => key.includes('\\'))
  })
}

/** The path that decides whether an entry is taken over: of a probe or a hook its handler. To state how often one probes is not to state the probe. */
function decidingPath({ at, value }: Pick<RecordEntry, 'at' | 'value'>): string {
  const handler = handlerIn(value)
  return handler === undefined ? at : `${at}.${handler}`
}
