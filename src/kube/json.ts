import { isObject, type JsonObject } from './shape.ts'

export type Token = string | number

function escaped(token: Token): Token {
  if (typeof token === 'number' || (!token.includes('/') && !token.includes('~'))) return token
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** A JSON pointer (RFC 6901) from its tokens. */
export function toPointer(tokens: readonly Token[]): string {
  let pointer = ''
  for (const token of tokens) pointer += `/${escaped(token)}`
  return pointer
}

function child(value: unknown, token: Token): unknown {
  if (Array.isArray(value)) return typeof token === 'number' ? value[token] : undefined
  return isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined
}

/** The value under the tokens, or undefined. Only own properties count; a list's items are told by number. */
export function valueAt(root: unknown, tokens: readonly Token[]): unknown {
  let value = root
  for (const token of tokens) value = child(value, token)
  return value
}

function withItem(items: readonly unknown[], token: Token, value: unknown): unknown[] {
  if (typeof token !== 'number' || token < 0 || token > items.length)
    throw new RangeError(`a list has no place ${token}`)
  const copy = items.slice()
  if (value === undefined) copy.splice(token, 1)
  else copy[token] = value
  return copy
}

/** A copy of `root` with `value` at the tokens; undefined takes the place out. Only what lies on the way is copied. */
export function withValueAt(root: unknown, tokens: readonly Token[], value: unknown, from = 0): unknown {
  const token = tokens[from]
  if (token === undefined) return value
  const present = child(root, token)
  if (present === undefined && value === undefined) return root
  const below = withValueAt(present, tokens, value, from + 1)
  if (Array.isArray(root)) return withItem(root, token, below)
  const copy: JsonObject = isObject(root) ? { ...root } : {}
  if (below === undefined) Reflect.deleteProperty(copy, token)
  else if (token === '__proto__') {
    Object.defineProperty(copy, token, { value: below, enumerable: true, writable: true, configurable: true })
  } else copy[token] = below
  return copy
}

function children(value: object): [string, unknown][] {
  return Object.entries(value)
}

/** Whether two JSON values are the same; the order of keys does not matter. Works without recursion, so depth cannot hurt it. */
export function sameJson(one: unknown, other: unknown): boolean {
  const pairs: [unknown, unknown][] = [[one, other]]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [left, right] = pair
    if (left === right) continue
    if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
    if (Array.isArray(left) !== Array.isArray(right)) return false
    const entries = children(left)
    if (entries.length !== Object.keys(right).length) return false
    for (const [key, value] of entries) {
      if (!Object.hasOwn(right, key)) return false
      pairs.push([value, Reflect.get(right, key)])
    }
  }
  return true
}

/** Whether `whole` says all that `part` says: objects may say more, lists have the same length. `depth` bounds what is looked at. */
export function containsJson(whole: unknown, part: unknown, depth = 32): boolean {
  if (whole === part) return true
  if (depth === 0 || typeof whole !== 'object' || typeof part !== 'object' || whole === null || part === null)
    return false
  if (Array.isArray(whole) !== Array.isArray(part)) return false
  if (Array.isArray(whole) && Array.isArray(part) && whole.length !== part.length) return false
  return children(part).every(
    ([key, value]) => Object.hasOwn(whole, key) && containsJson(Reflect.get(whole, key), value, depth - 1)
  )
}

/** Whether a value nests at most `depth` levels, so that it can be written out again. */
export function isShallow(value: unknown, depth = 32): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((below) => isShallow(below, depth - 1))
}
