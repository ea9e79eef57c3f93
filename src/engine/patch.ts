import { type Token, toPointer, valueAt, withValueAt } from '../kube/json.ts'
import { isObject } from '../kube/shape.ts'

/** One operation of a JSON patch (RFC 6902). */
export type Operation = { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string }

/** An object on its way: what it is by now, and the operations that made it so. */
export interface Draft {
  object: unknown
  operations: readonly Operation[]
}

function nested(tokens: readonly Token[], value: unknown): unknown {
  return tokens.reduceRight((below: unknown, token) => ({ [token]: below }), value)
}

/** Adds a value where nothing is yet, with the parents that are missing: `add` wants its parent to be there. Else throws. */
export function addTo({ object, operations }: Draft, tokens: readonly Token[], value: unknown): Draft {
  if (valueAt(object, tokens) !== undefined) throw new Error(`${toPointer(tokens)} already says something`)
  let depth = 1
  while (depth < tokens.length && isPresent(valueAt(object, tokens.slice(0, depth)))) depth++
  const path = toPointer(tokens.slice(0, depth))
  const operation: Operation = { op: 'add', path, value: nested(tokens.slice(depth), value) }
  return { object: withValueAt(object, tokens, value), operations: [...operations, operation] }
}

function isPresent(value: unknown): boolean {
  return isObject(value) || Array.isArray(value)
}

/** Puts another value in the place of one that is there. */
export function replaceIn({ object, operations }: Draft, tokens: readonly Token[], value: unknown): Draft {
  const operation: Operation = { op: 'replace', path: toPointer(tokens), value }
  return { object: withValueAt(object, tokens, value), operations: [...operations, operation] }
}

/** Takes a value out. Only ever what we injected ourselves. */
export function removeFrom({ object, operations }: Draft, tokens: readonly Token[]): Draft {
  const operation: Operation = { op: 'remove', path: toPointer(tokens) }
  return { object: withValueAt(object, tokens, undefined), operations: [...operations, operation] }
}
