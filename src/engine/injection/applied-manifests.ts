import { valueAt } from '../../kube/json.ts'
import { annotation } from '../../kube/metadata.ts'
import { handlerIn } from '../../kube/probe.ts'
import { applyManagers, lastAppliedIn, managedField } from '../../kube/provenance.ts'
import { isObject } from '../../kube/shape.ts'
import { podSpecAt, type Workload } from '../../kube/workload.ts'
import { injectedKey } from '../api.ts'
import type { RecordEntry } from './record.ts'
import { managedPath, resolveSpecPath } from './spec-path.ts'

/** Whether the manifests that were applied state a path; unknown where nothing shows what was applied. */
type Statement = 'written' | 'absent' | 'unknown'

/**
 * What the manifests of a workload say about paths below its pod spec. Reads them for the first path only: most objects have no record to
 * ask about, and reading takes time.
 */
export class AppliedManifests {
  readonly #workload: Workload
  #parts: Parts | undefined
  #mark: string | undefined

  constructor(workload: Workload) {
    this.#workload = workload
  }

  isWritten(path: string): boolean {
    return this.#isInAnnotation(path) || this.#isManaged(path)
  }

  statementOf(path: string): Statement {
    if (this.isWritten(path)) return 'written'
    const { applied, managed } = this.#read()
    const isShown = isObject(applied) || managed.length > 0
    if (!isShown) return 'unknown'
    const fields = managedPath(path)
    for (const owned of managed) if (isGarbled(owned, fields)) return 'unknown'
    return 'absent'
  }

  /** A mark that identifies the manifest of a client-side apply, if it states the path and no server-side apply does. */
  markOf(path: string): string | undefined {
    if (!this.#isInAnnotation(path) || this.#isManaged(path)) return undefined
    return (this.#mark ??= fingerprint(JSON.stringify(this.#read().manifest)))
  }

  #isInAnnotation(path: string): boolean {
    const { applied } = this.#read()
    const tokens = isObject(applied) ? resolveSpecPath(applied, path) : undefined
    return tokens !== undefined && valueAt(applied, tokens) !== undefined
  }

  #isManaged(path: string): boolean {
    const fields = managedPath(path)
    for (const owned of this.#read().managed) if (valueAt(owned, fields) !== undefined) return true
    return false
  }

  #read(): Parts {
    return (this.#parts ??= partsOf(this.#workload))
  }
}

/** What was applied of a workload. */
interface Parts {
  /** Of a client-side apply. */
  manifest: unknown
  /** The pod spec in it. */
  applied: unknown
  /** The fields of the pod spec that each server-side apply owns. */
  managed: readonly unknown[]
}

function partsOf(workload: Workload): Parts {
  const { object } = workload
  const specAt = podSpecAt(workload)
  const manifest = lastAppliedIn(object)
  const fields = specAt.map(managedField)
  const managed: unknown[] = []
  for (const { fieldsV1 } of applyManagers(object)) managed.push(valueAt(fieldsV1, fields))
  return { manifest, applied: valueAt(manifest, specAt), managed }
}

/**
 * The entries of a record but for those that a person has taken over, by writing the same into a manifest. What was taken over is left
 * as it is, whatever it was derived from. An entry with a mark was injected where the manifest of that time states a value that is no
 * longer in the object: only another manifest takes it over.
 */
export function withoutTakenOver(entries: readonly RecordEntry[], manifests: AppliedManifests): readonly RecordEntry[] {
  const left: RecordEntry[] = []
  for (const entry of entries) {
    const path = decidingPath(entry)
    const isMarked = entry.manifest !== undefined && entry.manifest === manifests.markOf(path)
    if (isMarked || !manifests.isWritten(path)) left.push(entry)
  }
  return left
}

/**
 * Marks the entries whose place a manifest states although it was injected there: somebody patched the object beside it. The annotation
 * of a client-side apply goes on stating what was patched away.
 */
export function marked(entries: readonly RecordEntry[], manifests: AppliedManifests): readonly RecordEntry[] {
  const all: RecordEntry[] = []
  for (const entry of entries) {
    const { policy, at, value, instead } = entry
    const mark = manifests.markOf(decidingPath(entry))
    const written: RecordEntry = { policy, at, value }
    if (instead !== undefined) written.instead = instead
    if (mark !== undefined) written.manifest = mark
    all.push(written)
  }
  return all
}

/** Whether a request replaces the whole object, as the PUT of a manifest does: an object that is changed as it stands has its record. */
export function replacesObject({ metadata }: Workload): boolean {
  return annotation(metadata, injectedKey) === undefined
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
