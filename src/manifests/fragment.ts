import { type CST, Document, visit } from 'yaml'
import type { Tree } from './document.ts'
import { isObject } from '../kube/shape.ts'
import { columnOf } from './lines.ts'

/** How a document is indented, by the majority of what is in it. */
export interface Indentation {
  /** Columns that a mapping is deeper than its key. */
  step: number
  /** Columns that a list is deeper than its key. */
  listStep: number
}

export function indentationOf(tree: Tree, text: string): Indentation {
  const [steps, listSteps] = [new Map<number, number>(), new Map<number, number>()]
  visit(tree, {
    Pair: (_, { srcToken: { key, value } = {} }) => {
      const first = value === undefined ? undefined : firstOffset(value)
      if (!key || first === undefined) return
      const deeper = columnOf(text, first) - columnOf(text, key.offset)
      const counts = value?.type === 'block-seq' ? listSteps : steps
      if (deeper > 0 || counts === listSteps) counts.set(deeper, (counts.get(deeper) ?? 0) + 1)
    }
  })
  return { step: mostFrequent(steps) ?? 2, listStep: mostFrequent(listSteps) ?? 0 }
}

/** Of equally frequent numbers the first one. */
function mostFrequent(counts: ReadonlyMap<number, number>): number | undefined {
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0]
}

/** Where the first key or dash of a block collection is. */
export function firstOffset(token: CST.Token): number | undefined {
  if (token.type === 'block-map') return token.items.find(({ key }) => key)?.key?.offset
  if (token.type !== 'block-seq') return undefined
  return token.items[0]?.start.find(({ type }) => type === 'seq-item-ind')?.offset
}

/** The lines of a value in block style, from column 0. The package's own writer knows only one step for mappings and lists. */
export function blockLines(value: unknown, indentation: Indentation): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item: unknown) => {
      const [first = '', ...others] = blockLines(item, indentation)
      return [`- ${first}`, ...indented(others, 2)]
    })
  }
  if (!isObject(value) || Object.keys(value).length === 0) return [flowText(value)]
  return Object.entries(value).flatMap(([key, child]) => {
    const lines = blockLines(child, indentation)
    const isList = Array.isArray(child)
    if (!isBlock(child)) return [`${flowText(key)}: ${lines[0]}`]
    return [`${flowText(key)}:`, ...indented(lines, isList ? indentation.listStep : indentation.step)]
  })
}

function isBlock(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function indented(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => ' '.repeat(columns) + line)
}

/** What the package writes over several lines; and a date, which it knows as a text, but other readers do not. */
const needsQuotes = /[\r\n]|^\d{4}-\d\d?-\d\d?/

/** A value on one line. In quotes is what YAML 1.1 or 1.2 reads as anything but that string. */
export function flowText(value: unknown, { isPadded = false } = {}): string {
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && needsQuotes.test(node.value)) node.type = 'QUOTE_DOUBLE'
    }
  })
  const text = document.toString({
    collectionStyle: 'flow',
    flowCollectionPadding: isPadded,
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Infinity
  })
  return text.replace(/\n$/, '')
}

/** A value as JSON on one line, with or without spaces behind `:` and `,`. */
export function jsonText(value: unknown, { isSpaced }: { isSpaced: boolean }): string {
  if (!isSpaced) return JSON.stringify(value)
  const lines = JSON.stringify(value, null, 1)
  return lines
    .replaceAll(/([[{])\n */g, '$1')
    .replaceAll(/\n *([\]}])/g, '$1')
    .replaceAll(/\n */g, ' ')
}
