import { type CST, isMap, isScalar, isSeq } from 'yaml'
import type { Tree } from './document.ts'
import { type Entries, intoFlow } from './flow-splice.ts'
import { blockLines, firstOffset, flowText, indentationOf } from './fragment.ts'
import { columnOf, lineBreakAt, lineEnd } from './lines.ts'
import type { Insertion } from './insertion.ts'
import type { Refusal, Spot } from './spot.ts'
import { endOfToken } from './token-end.ts'

/** A document to insert into: its text, which ends with a line end, and its tree, with tokens. */
export interface Source {
  text: string
  tree: Tree
}

/** Adds entries to a mapping or a list. */
export function spliceInto(source: Source, { node }: Spot, entries: Entries): readonly Insertion[] | Refusal {
  if (!isMap(node) && !isSeq(node)) return { why: 'neither a mapping nor a list' }
  const token = node.srcToken
  if (token?.type === 'flow-collection') return intoFlow(source.text, token, entries)
  const begin = token === undefined ? undefined : firstOffset(token)
  const end = endOfToken(token)
  if (token === undefined || begin === undefined || end === undefined)
    return { why: 'written in a way that is not known here' }
  if ('items' in token && hasExplicitKey(token)) return { why: 'a key is written with ?' }
  const value = isMap(node) ? Object.fromEntries(entries) : [...entries.values()]
  const offset = source.text.charAt(end - 1) === '\n' ? end : lineEnd(source.text, end)
  return [
    block(source, offset, blockLines(value, indentationOf(source.tree, source.text)), columnOf(source.text, begin))
  ]
}

/** Gives a value to a key that has none. */
export function spliceUnder(source: Source, spot: Spot, value: unknown): readonly Insertion[] | Refusal {
  const { node, pair, parent } = spot
  const { key, sep = [] } = pair?.srcToken ?? {}
  const colon = sep.find(({ type }) => type === 'map-value-ind')
  if (!key || colon === undefined || (isMap(parent) && parent.flow === true))
    return { why: 'a key without a value in braces' }
  if (isScalar(node) && (node.source ?? '') !== '') return { why: `${node.source} is written out` }
  if (sep.some(({ type }) => type === 'anchor' || type === 'tag')) return { why: 'an anchor or a tag without a value' }
  const { text, tree } = source
  const indentation = indentationOf(tree, text)
  const column = columnOf(text, key.offset)
  if (typeof value !== 'object' || value === null) {
    return [{ offset: colon.offset + 1, text: ` ${flowText(value)}` }]
  }
  const deeper = Array.isArray(value) ? indentation.listStep : indentation.step
  return [block(source, lineEnd(text, colon.offset), blockLines(value, indentation), column + deeper)]
}

/** Whole lines before the line of an offset. */
function block({ text }: Source, offset: number, lines: readonly string[], column: number): Insertion {
  const lineBreak = lineBreakAt(text, Math.max(0, offset - 1))
  const indented = lines.map((line) => (line === '' ? line : ' '.repeat(column) + line))
  return { offset, text: indented.map((line) => line + lineBreak).join('') }
}

function hasExplicitKey({ items }: { items: readonly CST.CollectionItem[] }): boolean {
  return items.some(({ start }) => start.some(({ type }) => type === 'explicit-key-ind'))
}
