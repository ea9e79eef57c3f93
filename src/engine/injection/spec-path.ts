import type { Place, Token } from '../../kube/json.ts'
import { isObject } from '../../kube/shape.ts'

/** An item of a list that a path below a spec names. */
interface NamedItem {
  /** The field with the list, and how many tokens of the path stand before the item. */
  field: string
  depth: number
  name: string
}

/** A path below a spec, as policies and records write it: `containers[name=web].readinessProbe`. */
interface ParsedPath {
  /** With 0 for the index of each item. Empty for what is no such path, or where the name of a container is none that the API takes. */
  tokens: readonly Token[]
  items: readonly NamedItem[]
  /** The path in terms of managedFields. */
  managed: readonly string[]
}

/** A path below a spec in terms of managedFields: `f:containers`, `k:{"name":"web"}`, `f:readinessProbe`. */
export function managedPath(path: string): readonly string[] {
  return parse(path).managed
}

function parse(path: string): ParsedPath {
  const cached = cache.get(path)
  if (cached !== undefined) return cached
  const parsed = grammar.test(path) ? parseSegments(path.split('.')) : noPath
  if (cache.size >= cacheSize) cache.clear()
  if (path.length <= longestCached) cache.set(path, parsed)
  return parsed
}

function parseSegments(segments: readonly string[]): ParsedPath {
  const tokens: Token[] = []
  const items: NamedItem[] = []
  const managed: string[] = []
  for (const text of segments) {
    const bracket = text.indexOf(nameKey)
    const field = bracket < 0 ? text : text.slice(0, bracket)
    tokens.push(field)
    managed.push(`f:${field}`)
    if (bracket < 0) continue
    const name = text.slice(bracket + nameKey.length, -1)
    items.push({ field, depth: tokens.length, name })
    tokens.push(0)
    managed.push(`k:{"name":"${name}"}`)
  }
  return { tokens, items, managed }
}

/** Where a path leads in a spec, after the tokens that lead to the spec itself; undefined where the spec lacks the named container. */
export function resolveSpecPath(spec: object, path: string, specAt: Place = []): Token[] | undefined {
  const { tokens, items } = parse(path)
  if (tokens.length === 0) return undefined
  const place = specAt.concat(tokens)
  for (const { field, depth, name } of items) {
    const index = indexOfNamed(Reflect.get(spec, field), name)
    if (index < 0) return undefined
    place[specAt.length + depth] = index
  }
  return place
}

const noPath: ParsedPath = { tokens: [], items: [], managed: [] }
const segment = '[A-Za-z][A-Za-z0-9]*(?:\\[name=[a-z0-9]+(?:-[a-z0-9]+)*\\])?'
const grammar = new RegExp(`^${segment}(?:\\.${segment})*$`)
const nameKey = '[name='

/** Parsed paths: containers have the same few names again and again, and parsing takes longer than a policy. */
const cache = new Map<string, ParsedPath>()
const cacheSize = 1000
const longestCached = 128

function indexOfNamed(items: unknown, name: string): number {
  return Array.isArray(items) ? items.findIndex((item) => isObject(item) && item['name'] === name) : -1
}
