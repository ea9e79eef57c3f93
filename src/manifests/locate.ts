import { isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, type Pair } from 'yaml'
import type { Place, Token } from '../kube/json.ts'
import type { Tree } from './document.ts'

/** The text of a field, in UTF-16 code units: of its key and, if that is short, of its value. */
export interface Span {
  begin: number
  end: number
}

/**
 * Finds a field of an object in the tree of its document, or the nearest parent that is there. `object` leads to the object. The field is
 * written as findings do: `spec.template.spec.containers[name=web].livenessProbe`, `spec.rules[1]`, `metadata.annotations.example.com/key`.
 * What an alias or a merge key brings is located at the alias or at its nearest parent.
 */
export function locate(tree: Tree, object: Place, field: string): Span {
  let found: Found = { node: tree.contents, span: spanOf(tree.contents) }
  for (const token of object) found = childAt(found, token) ?? found
  for (let rest = field; rest !== '';) {
    const step = rest.startsWith('[') ? itemOf(found, rest) : fieldOf(found, rest)
    if (step === undefined) break
    found = step.found
    rest = rest.slice(step.length).replace(/^\./, '')
  }
  return found.span
}

type Found = { node: unknown; span: Span }
type Step = { found: Found; length: number }

/** The value of a key, or an item of a list. */
function childAt({ node }: Found, token: Token): Found | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(token)]
    return item === undefined ? undefined : { node: item, span: spanOf(item) }
  }
  const pair = isMap(node) ? node.items.findLast((candidate) => keyOf(candidate) === String(token)) : undefined
  return pair === undefined ? undefined : ofPair(pair)
}

/** The longest key that a path begins with: keys of annotations hold dots themselves. */
function fieldOf({ node }: Found, path: string): Step | undefined {
  if (!isMap(node)) return undefined
  let best: { pair: Pair; length: number } | undefined
  for (const pair of node.items) {
    const key = keyOf(pair)
    const begins =
      key !== undefined && key !== '' && path.startsWith(key) && ['', '.', '['].includes(path.charAt(key.length))
    if (begins && key.length >= (best?.length ?? 0)) best = { pair, length: key.length }
  }
  return best === undefined ? undefined : { found: ofPair(best.pair), length: best.length }
}

/** The item that `[name=web]` or `[1]` at the beginning of a path means. */
function itemOf(found: Found, path: string): Step | undefined {
  const [whole = '', name, index] = /^\[(?:name=([^\]]*)|(\d+))\]/.exec(path) ?? []
  const { node } = found
  if (!isSeq(node) || whole === '') return undefined
  const at =
    index === undefined ? node.items.findIndex((item) => isMap(item) && item.get('name') === name) : Number(index)
  const item = childAt(found, at)
  return item === undefined ? undefined : { found: item, length: whole.length }
}

function keyOf({ key }: Pair): string | undefined {
  return isScalar(key) ? String(key.value) : undefined
}

function ofPair({ key, value }: Pair): Found {
  const begin = beginOf(key) ?? 0
  const end = endOf(key) ?? begin
  const isShort = isAlias(value) || (isScalar(value) && value.type !== 'BLOCK_LITERAL' && value.type !== 'BLOCK_FOLDED')
  return { node: value, span: { begin, end: isShort ? Math.max(end, endOf(value) ?? 0) : end } }
}

/** A scalar whole; of a collection the first key or item. */
function spanOf(node: unknown): Span {
  const begin = beginOf(node) ?? 0
  if (!isCollection(node)) return { begin, end: endOf(node) ?? begin }
  const [first] = node.items
  const span = isPair(first) ? ofPair(first).span : first === undefined ? undefined : spanOf(first)
  return span ?? { begin, end: endOf(node) ?? begin }
}

function beginOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}

function endOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[1] : undefined
}
