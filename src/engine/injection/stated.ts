import { valueAt } from '../../kube/json.ts'
import { annotation } from '../../kube/metadata.ts'
import { applyManagers, lastAppliedIn } from '../../kube/provenance.ts'
import { isObject } from '../../kube/shape.ts'
import type { Workload } from '../../kube/workload.ts'
import { injectedKey } from '../api.ts'
import { handlerIn, type Injected, stepsOf, tokensOf } from './record.ts'

/** Whether the manifests that were applied state a place below the pod spec; unknown where nothing shows what was applied. */
export type Written = (at: string) => 'written' | 'absent' | 'unknown'

/** The path of a place in the managedFields of a manager. */
function fieldsOf(at: string): string[] {
  return stepsOf(at).flatMap(({ field, name }) => {
    return name === undefined ? [`f:${field}`] : [`f:${field}`, `k:{"name":"${name}"}`]
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

/** Reads the manifests when it is first asked about a place: most objects have no record to ask for, and reading takes time. */
export function writtenIn(workload: Workload): Written {
  let read: Written | undefined
  return (at) => (read ??= readManifests(workload))(at)
}

function readManifests({ object, templateAt }: Workload): Written {
  const place = [...templateAt, 'spec']
  const applied = valueAt(lastAppliedIn(object), place)
  const managed = applyManagers(object).map(({ fieldsV1 }) => {
    return valueAt(
      fieldsV1,
      place.map((token) => `f:${token}`)
    )
  })
  const shown = isObject(applied) || managed.length > 0
  return (at) => {
    const tokens = isObject(applied) ? tokensOf(applied, at) : undefined
    if (tokens !== undefined && valueAt(applied, tokens) !== undefined) return 'written'
    const fields = fieldsOf(at)
    if (managed.some((owned) => valueAt(owned, fields) !== undefined)) return 'written'
    return shown && !managed.some((owned) => isGarbled(owned, fields)) ? 'absent' : 'unknown'
  }
}

/** Of a probe or a hook, its handler: to state how often one probes is not to state the probe. */
function statedAs({ at, value }: Injected): string {
  const handler = handlerIn(value)
  return handler === undefined ? at : `${at}.${handler}`
}

/**
 * The entries of a record that a person has not made theirs since, by writing the same into a manifest. What was taken over is left as
 * it is, whatever it was derived from.
 */
export function notWritten(entries: readonly Injected[], written: Written): readonly Injected[] {
  return entries.filter((entry) => written(statedAs(entry)) !== 'written')
}

/** Whether a request writes the whole object anew, rather than changing it as it stands. */
export function isWrittenAnew({ metadata }: Workload): boolean {
  return annotation(metadata, injectedKey) === undefined
}
