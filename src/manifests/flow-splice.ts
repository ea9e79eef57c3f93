import type { CST } from 'yaml'
import type { Token } from '../kube/json.ts'
import { flowText, jsonText } from './fragment.ts'
import { lineBreakAt, lineEnd, lineStart } from './lines.ts'
import type { Insertion } from './insertion.ts'
import type { Refusal } from './spot.ts'
import { closeOf, endOfItem } from './token-end.ts'

/** What to add: to a mapping by key, to the end of a list by index. */
export type Entries = ReadonlyMap<Token, unknown>

/** Adds entries to a collection in braces or brackets, as JSON if that is JSON. */
export function intoFlow(text: string, token: CST.FlowCollection, entries: Entries): readonly Insertion[] | Refusal {
  const open = token.start.offset + 1
  const close = closeOf(token)?.offset ?? open
  const items = token.items.filter(({ key, value }) => key || value)
  const last = items.at(-1)
  const end = last === undefined ? undefined : endOfItem(last)
  const flow: Flow = { text, isMap: token.start.source === '{', close, style: styleOf(text, token) }
  const texts = [...entries].map(([key, value]) => entryText(flow, key, value))
  if (last === undefined || end === undefined) {
    if (text.slice(open, close).trim() !== '') return { why: 'a comment in empty braces' }
    return [{ offset: open, text: texts.join(', ') }]
  }
  const begin = lineStart(text, beginOf(last))
  const indent = text.slice(begin, beginOf(last))
  if (begin <= open || indent.trim() !== '') return onTheLine(flow, end, texts)
  const lines = texts.map((entry) => entry.replaceAll('\n', `${lineBreakAt(text, begin)}${indent}`))
  return onLines(flow, { begin, end, indent }, lines)
}

interface Style {
  /** Keys are in quotes. */
  isJson: boolean
  /** `: ` between a key and its value, as YAML requires outside of JSON. */
  isSpaced: boolean
  /** `{ a: 1 }` rather than `{a: 1}`. */
  isPadded: boolean
  /** What a member on a line of its own is deeper than the brace; undefined if they share lines. */
  unit: string | undefined
}

interface Flow {
  text: string
  isMap: boolean
  /** Where the closing brace or bracket is. */
  close: number
  style: Style
}

/** Behind the last item, on its line. */
function onTheLine({ text, close, style }: Flow, end: number, texts: readonly string[]): readonly Insertion[] {
  const comma = commaBetween(text, end, close)
  const joint = style.isSpaced ? ', ' : ','
  const head = comma === 0 ? joint : joint.slice(1)
  return [{ offset: end + comma, text: head + texts.join(joint) }]
}

interface LastItem {
  begin: number
  end: number
  indent: string
}

/**
 * On lines of their own. Into a mapping before its last member: then no other line changes, because that member ends without a comma.
 * A comment above a member stays with it.
 */
function onLines(flow: Flow, { begin, end, indent }: LastItem, texts: readonly string[]): readonly Insertion[] {
  const { text, close, isMap } = flow
  const lineBreak = lineBreakAt(text, begin)
  const above = text.slice(lineStart(text, begin - 1), begin).trim()
  if (isMap && !above.startsWith('#')) {
    return [{ offset: begin, text: texts.map((entry) => `${indent}${entry},${lineBreak}`).join('') }]
  }
  const comma = commaBetween(text, end, close)
  const joined = texts.join(`,${lineBreak}${indent}`)
  const next = lineEnd(text, end)
  if (next > close) return [{ offset: end + comma, text: `${comma === 0 ? ',' : ''}${lineBreak}${indent}${joined}` }]
  const separator = comma === 0 ? [{ offset: end, text: ',' }] : []
  return [...separator, { offset: next, text: `${indent}${joined}${comma === 0 ? '' : ','}${lineBreak}` }]
}

/** The length of what leads to a comma behind the last item, with it; 0 without one. */
function commaBetween(text: string, end: number, close: number): number {
  return /^\s*,/.exec(text.slice(end, close))?.[0].length ?? 0
}

function beginOf({ key, value }: CST.CollectionItem): number {
  return key?.offset ?? value?.offset ?? 0
}

function styleOf(text: string, token: CST.FlowCollection): Style {
  const { start, items } = token
  const first = items.find(({ key, value }) => key || value)
  const close = closeOf(token)?.offset ?? start.offset
  const isJson = text.trimStart().startsWith('{')
    ? /^\{\s*(?:"|\})/.test(text.trimStart())
    : first?.key?.type === 'double-quoted-scalar'
  const colon = first?.sep?.find(({ type }) => type === 'map-value-ind')
  const firstIndent = first === undefined ? undefined : text.slice(lineStart(text, beginOf(first)), beginOf(first))
  const closeIndent = /^[ \t]*/.exec(text.slice(lineStart(text, close)))?.[0] ?? ''
  const isOnLines = firstIndent?.trim() === '' && lineStart(text, beginOf(first ?? { start: [] })) > start.offset
  const deeper = isOnLines && firstIndent.startsWith(closeIndent) ? firstIndent.slice(closeIndent.length) : ''
  return {
    isJson,
    isSpaced: !isJson || colon === undefined || /\s/.test(text.charAt(colon.offset + 1)),
    isPadded: /[ \t]/.test(text.charAt(start.offset + 1)),
    unit: isOnLines ? deeper || '  ' : undefined
  }
}

function entryText({ isMap, style }: Flow, key: Token, value: unknown): string {
  const shown = style.isJson ? asJson(value, style) : flowText(value, style)
  if (!isMap) return shown
  const name = style.isJson ? JSON.stringify(String(key)) : flowText(String(key), style)
  return `${name}:${style.isSpaced ? ' ' : ''}${shown}`
}

function asJson(value: unknown, { unit, isSpaced }: Style): string {
  return unit === undefined ? jsonText(value, { isSpaced }) : JSON.stringify(value, null, unit)
}
