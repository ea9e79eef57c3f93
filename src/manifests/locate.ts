import type { Place, Token } from '../kube/json.ts'
import type { NodeNumber, Outline } from './outline.ts'

/** The text of a field, in UTF-16 code units: of its key and, if that is short, of its value. */
export interface Span {
  begin: number
  end: number
}

/**
 * Finds a field of an object in the outline of its document, or the nearest parent that is there. `object` leads to the object. The field
 * is written as findings do: `spec.template.spec.containers[name=web].livenessProbe`, `spec.rules[1]`, `metadata.annotations.example.com/key`.
 * What an alias or a merge key brings is located at the alias or at its nearest parent.
 */
export function locate(outline: Outline, object: Place, field: string): Span {
  const { root } = outline
  let found: Found = { node: root, span: spanOf(outline, root) }
  for (const token of object) found = childAt(outline, found.node, token) ?? found
  for (let rest = field; rest !== '';) {
    const step = rest.startsWith('[') ? itemOf(outline, found.node, rest) : fieldOf(outline, found.node, rest)
    if (step === undefined) break
    found = step.found
    rest = rest.slice(step.length).replace(/^\./, '')
  }
  return found.span
}

type Found = { node: NodeNumber; span: Span }
type Step = { found: Found; length: number }

/** The value of a key, or an item of a list. */
function childAt(outline: Outline, node: NodeNumber, token: Token): Found | undefined {
  if (outline.shape(node) === 'list') {
    const { first, count } = outline.children(node)
    const index = Number(token)
    if (!Number.isInteger(index) || index < 0 || index >= count) return undefined
    return { node: first + index, span: spanOf(outline, first + index) }
  }
  const key = keysOf(outline, node).findLast((candidate) => textOf(outline, candidate) === String(token))
  return key === undefined ? undefined : ofKey(outline, key)
}

/** The longest key that a path begins with: keys of annotations hold dots themselves. */
function fieldOf(outline: Outline, node: NodeNumber, path: string): Step | undefined {
  let best: { key: NodeNumber; length: number } | undefined
  for (const key of keysOf(outline, node)) {
    const text = textOf(outline, key)
    const begins =
      text !== undefined && text !== '' && path.startsWith(text) && ['', '.', '['].includes(path.charAt(text.length))
    if (begins && text.length >= (best?.length ?? 0)) best = { key, length: text.length }
  }
  return best === undefined ? undefined : { found: ofKey(outline, best.key), length: best.length }
}

/** The item that `[name=web]` or `[1]` at the beginning of a path means. */
function itemOf(outline: Outline, node: NodeNumber, path: string): Step | undefined {
  const [whole = '', name, index] = /^\[(?:name=([^\]]*)|(\d+))\]/.exec(path) ?? []
  if (outline.shape(node) !== 'list' || whole === '') return undefined
  const at = index === undefined ? indexOfNamed(outline, node, name) : Number(index)
  const item = childAt(outline, node, at)
  return item === undefined ? undefined : { found: item, length: whole.length }
}

/** The index of the item whose `name` is as given, or -1. */
function indexOfNamed(outline: Outline, list: NodeNumber, name: string | undefined): number {
  const { first, count } = outline.children(list)
  for (let index = 0; index < count; index++) {
    const key = keysOf(outline, first + index).find((candidate) => outline.word(candidate) === 'name')
    if (key !== undefined && outline.word(valueOf(key)) === name) return index
  }
  return -1
}

/** The keys of a map; none for other nodes. */
function keysOf(outline: Outline, node: NodeNumber): NodeNumber[] {
  if (outline.shape(node) !== 'map') return []
  const { first, count } = outline.children(node)
  return Array.from({ length: count / 2 }, (_, index) => first + 2 * index)
}

/** The value of a key stands behind it. */
function valueOf(key: NodeNumber): NodeNumber {
  return key + 1
}

function textOf(outline: Outline, key: NodeNumber): string | undefined {
  const shape = outline.shape(key)
  return shape === 'scalar' || shape === 'block' ? String(outline.word(key)) : undefined
}

function ofKey(outline: Outline, key: NodeNumber): Found {
  const node = valueOf(key)
  const begin = outline.begin(key) ?? 0
  const end = outline.end(key) ?? begin
  const isShort = ['alias', 'scalar'].includes(outline.shape(node))
  return { node, span: { begin, end: isShort ? Math.max(end, outline.end(node) ?? 0) : end } }
}

/** A scalar whole; of a collection the first key or item. */
function spanOf(outline: Outline, node: NodeNumber): Span {
  const { first, count } = outline.children(node)
  if (count > 0) return outline.shape(node) === 'map' ? ofKey(outline, first).span : spanOf(outline, first)
  const begin = outline.begin(node) ?? 0
  return { begin, end: outline.end(node) ?? begin }
}
