import type { JsonObject } from '../kube/shape.ts'
import { plainValue } from './kubectl-schema.ts'
import type { Written } from './written.ts'

/** A node of a text that is written in the usual way, with the value that kubectl makes of it. */
export interface UsualNode extends Written {
  begin: number
  end: number
  value: unknown
  children: readonly UsualNode[]
}

/** Thrown where a text is not written in the usual way, or is wrong. */
export class NotUsual extends Error {}

/** How deep nodes are nested in each other at most. */
export const deepest = 64

/** How a scalar without quotes begins: with no character that has a meaning. */
const plainStart = /[\w./$+~=^;()\\]|-(?=[^ \n])/y
/** A whole one in brackets: it has no spaces, and no characters that have a meaning there. */
const plainInBrackets = /(?:[\w./$+~]|-(?=[\w-]))(?:[\w./$+=@~-]|:(?=[\w./]))*/y
const doubleQuoted = /"(?:[^"\\\n]|\\["\\nt])*"/y
const singleQuoted = /'(?:[^'\n]|'')*'/y
const spaces = / */y
const colon = /: +/y
const comma = /, */y
const literalHeader = /\|-? *\n/y

/** The value that begins at an offset, and ends on the same line. */
export function valueAt(text: string, begin: number): UsualNode {
  return nodeAt(text, begin, 0)
}

/** With a depth above 0 it is within brackets. */
function nodeAt(text: string, begin: number, depth: number): UsualNode {
  const first = text[begin]
  if (first === '[' || first === '{') return bracketsAt(text, begin, depth + 1)
  if (first === '"') {
    const end = endOf(doubleQuoted, text, begin)
    return scalar(begin, end, unescaped(text.slice(begin + 1, end - 1)))
  }
  if (first === "'") {
    const end = endOf(singleQuoted, text, begin)
    return scalar(begin, end, text.slice(begin + 1, end - 1).replaceAll("''", "'"))
  }
  const end = depth === 0 ? endOfPlain(text, begin) : endOf(plainInBrackets, text, begin)
  return scalar(begin, end, plainValue(text.slice(begin, end)))
}

/** A scalar without quotes ends before a comment, or with its line. With `: ` in it, it would be a mapping. */
function endOfPlain(text: string, begin: number): number {
  endOf(plainStart, text, begin)
  const lineEnd = text.indexOf('\n', begin)
  const line = text.slice(begin, lineEnd < 0 ? text.length : lineEnd)
  const comment = line.indexOf(' #')
  let length = comment < 0 ? line.length : comment
  while (line[length - 1] === ' ') length--
  const colonAt = line.indexOf(': ')
  if ((colonAt >= 0 && colonAt < length) || line[length - 1] === ':') throw new NotUsual()
  return begin + length
}

function bracketsAt(text: string, begin: number, depth: number): UsualNode {
  if (depth > deepest) throw new NotUsual()
  const isMap = text[begin] === '{'
  const close = isMap ? '}' : ']'
  const children: UsualNode[] = []
  let at = endOf(spaces, text, begin + 1)
  while (text[at] !== close) {
    if (children.length > 0) at = endOf(comma, text, at)
    if (isMap) {
      const key = nodeAt(text, at, depth)
      children.push(key)
      at = endOf(colon, text, key.end)
    }
    const value = nodeAt(text, at, depth)
    children.push(value)
    at = endOf(spaces, text, value.end)
  }
  return isMap ? map(begin, at + 1, children) : list(begin, at + 1, children)
}

const none: readonly UsualNode[] = []

export function scalar(begin: number, end: number, value: unknown): UsualNode {
  return { shape: 'scalar', begin, end, value, children: none }
}

export function list(begin: number, end: number, children: readonly UsualNode[]): UsualNode {
  return { shape: 'list', begin, end, value: children.map(({ value }) => value), children }
}

/** Its children are keys and values, by turns. Keys are strings; of equal ones the last counts. */
export function map(begin: number, end: number, children: readonly UsualNode[]): UsualNode {
  const value: JsonObject = {}
  for (let index = 0; index + 1 < children.length; index += 2) {
    const key = children[index]?.value
    if (typeof key !== 'string' || key === '__proto__') throw new NotUsual()
    value[key] = children[index + 1]?.value
  }
  return { shape: 'map', begin, end, value, children }
}

/**
 * The literal text whose header begins at an offset, in a parent of the given column. Its first line, which is not blank, has the indentation
 * of all of them. It ends behind its last line that is not blank.
 */
export function literalAt(text: string, begin: number, column: number): UsualNode {
  const firstLine = endOf(literalHeader, text, begin)
  const indentation = endOf(spaces, text, firstLine) - firstLine
  if (indentation <= column || text[firstLine + indentation] === '\n') throw new NotUsual()
  const lines: string[] = []
  let count = 0
  let end = firstLine
  for (let line = firstLine; line < text.length;) {
    const lineEnd = text.indexOf('\n', line)
    // Without a line end there, the text block itself may end in one or not.
    if (lineEnd < 0) throw new NotUsual()
    const at = endOf(spaces, text, line)
    // Spaces beyond the indentation are text.
    const isBlank = at === lineEnd && at - line <= indentation
    if (!isBlank && at - line < indentation) break
    lines.push(text.slice(line + indentation, lineEnd))
    line = lineEnd + 1
    if (!isBlank) {
      count = lines.length
      end = line
    }
  }
  const body = lines.slice(0, count).join('\n')
  return { shape: 'block', begin, end, value: text[begin + 1] === '-' ? body : `${body}\n`, children: none }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t' }

function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter) : text
}

/** Where a token ends that begins at an offset. */
export function endOf(token: RegExp, text: string, begin: number): number {
  token.lastIndex = begin
  if (!token.test(text)) throw new NotUsual()
  return token.lastIndex
}
