import { plainValue } from './kubectl-schema.ts'
import { deepest, endOf, list, literalAt, map, NotUsual, scalar, type UsualNode, valueAt } from './usual-value.ts'

/**
 * Reads a document that is written as most manifests are: mappings and lists in block style, those in brackets on one line, scalars on one
 * line, literal texts. Anything else in the text, right or wrong, makes the answer undefined: then the package `yaml` reads it, which knows
 * all of YAML and takes many times as long. What is read here, the package reads in the same way: a law holds the two together.
 */
export function readUsual(text: string): UsualNode | undefined {
  if (unusual.test(text)) return undefined
  try {
    return new Reader(text).document()
  } catch (error) {
    if (error instanceof NotUsual) return undefined
    throw error
  }
}

/** Tabs, byte order marks, and all line ends but those of Unix. */
const unusual = /[\t\r\u0085\u2028\u2029\uFEFF]/

/** A key with its colon: a word, or a text in quotes without escapes. */
const keyToken = /(?:[A-Za-z_][\w./-]{0,250}|"[^"\\\n]{0,250}"|'[^'\n]{0,250}'):(?=[ \n]|$)/y
/** The dash of an item, with the spaces behind it. */
const dash = /- +(?=[^ #\n])/y
const spaces = / */y
/** What may follow a value on its line. */
const restOfLine = /(?: *| +#.*)(?:\n|$)/y
const noToken = / *(?:#.*)?(?:\n|$)/y

/** A cursor on the text. Where a node begins, and where it has ended, it is at the first token of a line, or at the first one behind a dash. */
class Reader {
  readonly #text: string
  #at = 0
  /** The column of that token; -1 at the end of the text. */
  #column = -1

  constructor(text: string) {
    this.#text = text
  }

  document(): UsualNode {
    this.#toToken()
    if (this.#column !== 0) throw new NotUsual()
    return this.#map(0, 0)
  }

  #map(column: number, depth: number): UsualNode {
    if (depth > deepest) throw new NotUsual()
    const begin = this.#at
    const children: UsualNode[] = []
    do {
      children.push(this.#key())
      children.push(this.#valueOfKey(column, depth))
    } while (this.#column === column)
    this.#mustBeOut(column)
    return map(begin, this.#at, children)
  }

  #key(): UsualNode {
    const begin = this.#at
    const end = endOf(keyToken, this.#text, begin) - 1
    this.#at = end + 1
    const token = this.#text.slice(begin, end)
    const isQuoted = token.startsWith('"') || token.startsWith("'")
    return scalar(begin, end, isQuoted ? token.slice(1, -1) : plainValue(token))
  }

  #valueOfKey(column: number, depth: number): UsualNode {
    const begin = endOf(spaces, this.#text, this.#at)
    restOfLine.lastIndex = this.#at
    if (!restOfLine.test(this.#text)) return this.#inLine(begin, column)
    this.#toToken(restOfLine.lastIndex)
    // The items of a list may be as deep as its key.
    if (this.#column >= column && this.#isItem()) return this.#list(this.#column, depth + 1)
    return this.#column > column ? this.#map(this.#column, depth + 1) : scalar(begin, begin, null)
  }

  #list(column: number, depth: number): UsualNode {
    if (depth > deepest) throw new NotUsual()
    const begin = this.#at
    const children: UsualNode[] = []
    do children.push(this.#item(column, depth))
    while (this.#column === column && this.#isItem())
    this.#mustBeOut(column)
    return list(begin, this.#at, children)
  }

  #isItem(): boolean {
    return this.#text.startsWith('- ', this.#at)
  }

  #item(column: number, depth: number): UsualNode {
    const begin = endOf(dash, this.#text, this.#at)
    keyToken.lastIndex = begin
    if (!keyToken.test(this.#text)) return this.#inLine(begin, column)
    this.#column = column + begin - this.#at
    this.#at = begin
    return this.#map(this.#column, depth + 1)
  }

  /** A value that begins on this line. */
  #inLine(begin: number, column: number): UsualNode {
    const isLiteral = this.#text[begin] === '|'
    const node = isLiteral ? literalAt(this.#text, begin, column) : valueAt(this.#text, begin)
    this.#toToken(isLiteral ? node.end : endOf(restOfLine, this.#text, node.end))
    this.#mustBeOut(column)
    return node
  }

  /** A line that is deeper than what has ended would go on with it. */
  #mustBeOut(column: number): void {
    if (this.#column > column) throw new NotUsual()
  }

  /** Goes from the start of a line to the next token. */
  #toToken(begin = 0): void {
    let line = begin
    for (noToken.lastIndex = line; line < this.#text.length && noToken.test(this.#text);) line = noToken.lastIndex
    this.#at = endOf(spaces, this.#text, line)
    this.#column = this.#at === this.#text.length ? -1 : this.#at - line
  }
}
