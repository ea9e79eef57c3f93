import { valueAt } from '../../kube/json.ts'
import { annotation } from '../../kube/metadata.ts'
import { handlerIn } from '../../kube/probe.ts'
import { applyManagers, lastAppliedIn } from '../../kube/provenance.ts'
import { isObject } from '../../kube/shape.ts'
import type { Workload } from '../../kube/workload.ts'
import { injectedKey } from '../api.ts'
import type { RecordEntry } from './record.ts'
import { parseSpecPath, resolveSpecPath } from './spec-path.ts'

/** Whether the manifests that were applied state a path below the pod spec; unknown where nothing shows what was applied. */
export type InManifests = (path: string) => 'written' | 'absent' | 'unknown'

/** Looks into the manifests of a workload. Reads them for the first path only: most objects have no record to ask about, and reading takes time. */
export function appliedManifests(workload: Workload): InManifests {
  let manifests: InManifests | undefined
  return (path) => (manifests ??= readManifests(workload))(path)
}

/**
 * The entries of a record but for those that a person has taken over, by writing the same into a manifest. What was taken over is left
 * as it is, whatever it was derived from.
 */
export function withoutTakenOver(entries: readonly RecordEntry[], inManifests: InManifests): readonly RecordEntry[] {
  return entries.filter((entry) => inManifests(decidingPath(entry)) !== 'written')
}

/** Whether a request replaces the whole object, as the PUT of a manifest does: an object that is changed as it stands has its record. */
export function replacesObject({ metadata }: Workload): boolean {
  return annotation(metadata, injectedKey) === undefined
}

function readManifests({ object, templateAt }: Workload): InManifests {
  const specAt = [...templateAt, 'spec']
  const applied = valueAt(lastAppliedIn(object), specAt)
  const specFields = specAt.map((token) => `f:${token}`)
  const managed = applyManagers(object).map(({ fieldsV1 }) => valueAt(fieldsV1, specFields))
  const shown = isObject(applied) || managed.length > 0
  return (path) => {
    const tokens = isObject(applied) ? resolveSpecPath(applied, path) : undefined
    if (tokens !== undefined && valueAt(applied, tokens) !== undefined) return 'written'
    const fields = managedFieldsOf(path)
    if (managed.some((owned) => valueAt(owned, fields) !== undefined)) return 'written'
    return shown && !managed.some((owned) => isGarbled(owned, fields)) ? 'absent' : 'unknown'
  }
}

/** A path below the pod spec, in the terms of managedFields. */
function managedFieldsOf(path: string): string[] {
  return parseSpecPath(path).flatMap(({ field, item }) => {
    return item === undefined ? [`f:${field}`] : [`f:${field}`, `k:{"name":"${item}"}`]
  })
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
function decidingPath({ at, value }: RecordEntry): string {
  const handler = handlerIn(value)
  return handler === undefined ? at : `${at}.${handler}`
}
