import { isCollection, isScalar, type Node, visit } from 'yaml'

/** What begins a line, or an item of a list in it, before a tab. */
const beginning = /^( *(?:-(?: +|(?=\t)))*)\t/

/**
 * Where the first tab is that indents a line, even an empty line or a comment: kubectl refuses the whole document, and the package does
 * not. Tabs are allowed within texts, brackets and braces, and where a text without quotes could continue after the tab. Undefined if there is none.
 */
export function indentingTab(text: string, contents: Node | null): number | undefined {
  if (!text.includes('\t')) return undefined
  const nodes = nodesWithTabs(contents)
  let lineAt = 0
  let indentation = 0
  /** The end of what is written in the lines before. */
  let written = 0
  let next = 0
  for (const line of text.split('\n')) {
    if (/^\.\.\.(?:\s|$)/.test(line)) break
    const before = beginning.exec(line)?.[1]
    if (before !== undefined) {
      const at = lineAt + before.length
      // Both are in the order of the text.
      while ((nodes[next]?.end ?? Infinity) <= at) next++
      const isWithin = (nodes[next]?.begin ?? Infinity) <= at
      const last = nodes[next - 1]
      const mayContinue = last?.isPlain === true && last.end >= written && before.length > indentation
      if (!isWithin && (before.includes('-') || !mayContinue)) return at
    }
    const own = line.trimEnd()
    if (own !== '') {
      indentation = own.length - own.replace(/^ +/, '').length
      written = lineAt + own.length
    }
    lineAt += line.length + 1
  }
  return undefined
}

interface Range {
  begin: number
  end: number
  /** Whether it is a text without quotes. */
  isPlain: boolean
}

/** The nodes that may hold tabs: they do not overlap, and come in order. */
function nodesWithTabs(contents: Node | null): Range[] {
  const nodes: Range[] = []
  visit(contents, (_, node) => {
    if (!isScalar(node) && !(isCollection(node) && node.flow === true)) return undefined
    const { range } = node
    const isPlain = isScalar(node) && node.type === 'PLAIN'
    if (range !== undefined && range !== null) nodes.push({ begin: range[0], end: range[1], isPlain })
    return visit.SKIP
  })
  return nodes
}
