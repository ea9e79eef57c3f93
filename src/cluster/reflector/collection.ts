import { isObject, MalformedObject } from '../../kube/shape.ts'
import type { Api } from '../api/api.ts'

/** Objects of one resource, as the API server has them. */
export interface Collection<T> {
  api: Api
  /** Such as `/apis/policy/v1/poddisruptionbudgets`. */
  path: string
  /** Selectors. */
  query?: Readonly<Record<string, string>>
  /**
   * What is kept of an object; undefined where nothing is. It may throw MalformedObject. Objects of a list say neither their kind nor
   * their apiVersion, but for custom resources.
   */
  transform: (object: unknown) => T | undefined
}

/** An object under its key, as far as it is kept. */
export interface Entry<T> {
  key: string
  item: T | undefined
  /** Why it is not kept, where it should have been. */
  error?: unknown
}

export function metadataText(object: unknown, field: string): string {
  const metadata = isObject(object) ? object['metadata'] : undefined
  const value = isObject(metadata) ? metadata[field] : undefined
  return typeof value === 'string' ? value : ''
}

export function keyOf(object: unknown): string {
  const name = metadataText(object, 'name')
  const namespace = metadataText(object, 'namespace')
  return namespace === '' ? name : `${namespace}/${name}`
}

/** Never throws: one odd object must not cost all the others. */
export function toEntry<T>({ transform }: Collection<T>, object: unknown): Entry<T> {
  const key = keyOf(object)
  try {
    if (key === '') throw new MalformedObject('metadata.name: expected a string')
    return { key, item: transform(object) }
  } catch (error) {
    return { key, item: undefined, error }
  }
}
