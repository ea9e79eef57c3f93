import { isObject, type JsonObject } from './shape.ts'

export type Token = string | number

/** The tokens that lead to a value. */
export type Place = readonly Token[]

function escaped(token: Token): Token {
  if (typeof token === 'number' || (!token.includes('/') && !token.includes('~'))) return token
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** A JSON pointer (RFC 6901) from its tokens, or from the first `count` of them. */
export function toPointer(tokens: Place, count = tokens.length): string {
  let pointer = ''
  for (let index = 0; index < count; index++) pointer += `/${escaped(tokens[index] ?? '')}`
  return pointer
}

/** The value under one token. */
export function child(value: unknown, token: Token): unknown {
  if (Array.isArray(value)) return typeof token === 'number' ? value[token] : undefined
  return isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined
}

/** The value under the tokens, or under the first `count` of them; or undefined. A list's items are told by number. */
export function valueAt(root: unknown, tokens: Place, count = tokens.length): unknown {
  let value = root
  for (let index = 0; index < count; index++) value = child(value, tokens[index] ?? '')
  return value
}

/** A copy that shares nothing with the value. It takes a tenth of the time of structuredClone. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  return isObject(value) ? copyOfObject(value) : value
}

export function copyOfObject(object: JsonObject): JsonObject {
  const copy: JsonObject = {}
  for (const key in object) {
    const value = copyOf(object[key])
    // By an assignment it would become the prototype.
    if (key === '__proto__') Object.defineProperty(copy, key, { value, ...ordinary })
    else copy[key] = value
  }
  return copy
}

const ordinary = { configurable: true, enumerable: true, writable: true }

function put(parent: unknown, token: Token, value: unknown): void {
  if (Array.isArray(parent)) {
    if (typeof token !== 'number' || token < 0 || token > parent.length)
      throw new RangeError(`no place ${token} in a list`)
    if (value === undefined) parent.splice(token, 1)
    else parent[token] = value
  } else if (isObject(parent)) {
    if (value === undefined) Reflect.deleteProperty(parent, token)
    else if (token === '__proto__') throw new RangeError('no place __proto__ in an object')
    else parent[token] = value
  }
}

/** What stood in a place, and how many of its tokens lead to something that was there to put it into. */
export interface Replaced {
  before: unknown
  depth: number
}

/**
 * Puts a value under the tokens, with the objects that are missing on the way; undefined takes out what is there. Edits the root and
 * what lies on the way to the value; with `own`, what that gives for each object on the way.
 */
export function setValueAt(root: unknown, tokens: Place, value: unknown, own?: (present: object) => object): Replaced {
  let parent = root
  let depth = tokens.length
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? ''
    const present = child(parent, token)
    if (index === tokens.length - 1) {
      put(parent, token, value)
      return { before: present, depth }
    }
    const missing = typeof present !== 'object' || present === null
    if (missing) depth = Math.min(depth, index + 1)
    if (missing && value === undefined) break
    const next = missing ? {} : (own?.(present) ?? present)
    if (next !== present) put(parent, token, next)
    parent = next
  }
  return { before: undefined, depth }
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

/** How many keys of its own. Counting in a loop makes no list of them. */
function size(value: object): number {
  let count = 0
  for (const key in value) if (Object.hasOwn(value, key)) count++
  return count
}

/** Adds the pairs of values below two objects or lists to those that are to be compared; false where they differ already. */
function comparePairs(one: object, other: object, pairs: unknown[]): boolean {
  if (Array.isArray(one) !== Array.isArray(other)) return false
  let count = 0
  for (const key in one) {
    if (!Object.hasOwn(one, key)) continue
    count++
    const [left, right] = [Reflect.get(one, key), Reflect.get(other, key)] as [unknown, unknown]
    if (!Object.hasOwn(other, key)) return false
    if (left === right) continue
    if (isScalar(left) || isScalar(right)) return false
    pairs.push(left, right)
  }
  return count === size(other)
}

/**
 * Whether two JSON values are the same; the order of keys does not matter. Works without recursion, so depth cannot hurt it, and level
 * by level: what changes in a pod template, such as an image, is nearer to its root than most of it.
 */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (isScalar(one) || isScalar(other)) return false
  const pairs: unknown[] = [one, other]
  for (let at = 0; at < pairs.length; at += 2) {
    const left = pairs[at]
    const right = pairs[at + 1]
    if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
    if (!comparePairs(left, right, pairs)) return false
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
  for (const key in part) {
    if (!Object.hasOwn(part, key)) continue
    if (!Object.hasOwn(whole, key) || !containsJson(Reflect.get(whole, key), Reflect.get(part, key), depth - 1))
      return false
  }
  return true
}

/** Whether a value nests at most `depth` levels, so that it can be written out again. */
export function isShallow(value: unknown, depth = 32): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  for (const key in value) {
    if (Object.hasOwn(value, key) && !isShallow(Reflect.get(value, key), depth - 1)) return false
  }
  return true
}
