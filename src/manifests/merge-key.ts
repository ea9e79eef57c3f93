import { type Alias, isAlias, isMap, isScalar, isSeq, type Scalar, type YAMLMap } from 'yaml'

/** What the package hands on while it makes values of nodes. */
type Context = Parameters<YAMLMap['toJSON']>[1]

/** Whether a key is a `<<` without quotes. */
export function isMergeKey(key: unknown): key is Scalar<symbol> {
  return isScalar(key) && typeof key.value === 'symbol'
}

/** Whether kubectl merges a value: a mapping, an alias of one, or a list of these. `meant` has what aliases stand for. */
export function isMergeable(value: unknown, meant: (alias: Alias) => unknown): boolean {
  const isMapping = (node: unknown): boolean => isMap(isAlias(node) ? meant(node) : node)
  return isMapping(value) || (isSeq(value) && value.items.every(isMapping))
}

/**
 * Merges a value into an object, as go-yaml v2 does: at the place of its `<<`. So it overrides the keys before it, as keys behind it override
 * what it merges; of a list the first mapping counts most. The package would let the keys before it stand, as YAML itself has it.
 */
export function addMerged(context: Context, into: object, value: unknown): void {
  const sources = isSeq(value) ? value.items.toReversed() : [value]
  for (const source of sources) {
    const mapping = isAlias(source) && context !== undefined ? source.resolve(context.doc, context) : source
    const merged: unknown = isMap(mapping) ? mapping.toJSON(null, context, Map) : undefined
    if (!(merged instanceof Map)) continue
    for (const [key, one] of merged) {
      if (into instanceof Map) into.set(key, one)
      else
        Object.defineProperty(into, String(key), { value: one, writable: true, enumerable: true, configurable: true })
    }
  }
}
