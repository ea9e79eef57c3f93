import type { Place, Token } from '../../kube/json.ts'
import { isObject } from '../../kube/shape.ts'

/** One field of a path below a spec. */
export interface Segment {
  field: string
  /** The name of the item, where the field is a list. */
  item: string | undefined
}

/**
 * Parses a path below a spec, as policies and records write it: `containers[name=web].readinessProbe`. Returns no segments for what is
 * no such path, or where the name of a container is none that the API takes.
 */
function parseSpecPath(path: string): readonly Segment[] {
  return parse(path).segments
}

/** The same path in the terms of managedFields: `f:containers`, `k:{"name":"web"}`, `f:readinessProbe`. */
export function managedPath(path: string): readonly string[] {
  return parse(path).managed
}

interface ParsedPath {
  segments: readonly Segment[]
  managed: readonly string[]
}

function parse(path: string): ParsedPath {
  const cached = cache.get(path)
  if (cached !== undefined) return cached
  const segments = grammar.test(path) ? path.split('.').map(toSegment) : []
  const parsed = { segments, managed: segments.flatMap(managedKeys) }
  if (cache.size >= cacheSize) cache.clear()
  if (path.length <= longestCached) cache.set(path, parsed)
  return parsed
}

function managedKeys({ field, item }: Segment): string[] {
  return item === undefined ? [`f:${field}`] : [`f:${field}`, `k:{"name":"${item}"}`]
}

/** Where a path leads in a spec, after the tokens that lead to the spec itself; undefined where the spec lacks the named container. */
export function resolveSpecPath(spec: object, path: string, specAt: Place = []): Token[] | undefined {
  const tokens = [...specAt]
  for (const { field, item } of parseSpecPath(path)) {
    tokens.push(field)
    if (item === undefined) continue
    const index = indexOfNamed(Reflect.get(spec, field), item)
    if (index < 0) return undefined
    tokens.push(index)
  }
  return tokens.length === specAt.length ? undefined : tokens
}

const segment = '[A-Za-z][A-Za-z0-9]*(?:\\[name=[a-z0-9]+(?:-[a-z0-9]+)*\\])?'
const grammar = new RegExp(`^${segment}(?:\\.${segment})*$`)
const nameKey = '[name='

/** Parsed paths: containers have the same few names again and again, and parsing takes longer than a policy. */
const cache = new Map<string, ParsedPath>()
const cacheSize = 1000
const longestCached = 128

function toSegment(part: string): Segment {
  const bracket = part.indexOf(nameKey)
  if (bracket < 0) return { field: part, item: undefined }
  return { field: part.slice(0, bracket), item: part.slice(bracket + nameKey.length, -1) }
}

function indexOfNamed(items: unknown, name: string): number {
  return Array.isArray(items) ? items.findIndex((item) => isObject(item) && item['name'] === name) : -1
}
