import { isCollection, isScalar, type Node, visit } from 'yaml'

/** A line, or an item of a list in it, that begins with a tab. */
const beginning = /^( *(?:-(?: +|(?=\t)))*)\t/gm

/**
 * Where a tab stands that indents something, even if that is nothing or a comment: kubectl refuses the whole document, and the package does
 * not. Within texts, brackets and braces tabs are allowed, and so are those that a text without quotes might go on behind. Undefined if there is none.
 */
export function indentingTab(text: string, contents: Node | null): number | undefined {
  if (!text.includes('\t')) return undefined
  const allowed: (readonly [begin: number, end: number])[] = []
  visit(contents, (_, node) => {
    if (!isScalar(node) && !(isCollection(node) && node.flow === true)) return undefined
    const { range } = node
    if (range !== undefined && range !== null) allowed.push([range[0], range[1]])
    return visit.SKIP
  })
  const end = text.search(/^\.\.\.(?:\s|$)/m)
  const read = end < 0 ? text : text.slice(0, end)
  for (const { 0: found, 1: before = '', index } of read.matchAll(beginning)) {
    const at = index + found.length - 1
    const isWithin = allowed.some(([begin, behind]) => begin <= at && at < behind)
    if (!isWithin && (before.includes('-') || before.length <= indentationBefore(read, index))) return at
  }
  return undefined
}

/** How deep the last line is before an offset that is not blank. */
function indentationBefore(text: string, offset: number): number {
  const lines = text.slice(0, offset).trimEnd()
  return /^ */.exec(lines.slice(lines.lastIndexOf('\n') + 1))?.[0].length ?? 0
}
