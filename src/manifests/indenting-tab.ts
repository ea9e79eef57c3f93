import { isCollection, isScalar, type Node, visit } from 'yaml'

/** What begins a line, or an item of a list in it, before a tab. */
const beginning = /^( *(?:-(?: +|(?=\t)))*)\t/

/**
 * Where the first tab is that indents a line, even an empty line or a comment: kubectl refuses the whole document, and the package does
 * not. Tabs are allowed within texts, brackets and braces, and where a text without quotes could continue after the tab. Undefined if there is none.
 */
export function indentingTab(text: string, contents: Node | null): number | undefined {
  if (!text.includes('\t')) return undefined
  const allowed = placesOfTabs(contents)
  let [lineAt, indentation, next] = [0, 0, 0]
  for (const line of text.split('\n')) {
    if (/^\.\.\.(?:\s|$)/.test(line)) break
    const before = beginning.exec(line)?.[1]
    if (before !== undefined) {
      const at = lineAt + before.length
      // Both are in the order of the text.
      while ((allowed[next]?.end ?? Infinity) <= at) next++
      const isWithin = (allowed[next]?.begin ?? Infinity) <= at
      if (!isWithin && (before.includes('-') || before.length <= indentation)) return at
    }
    if (line.trim() !== '') indentation = line.length - line.replace(/^ +/, '').length
    lineAt += line.length + 1
  }
  return undefined
}

interface Range {
  begin: number
  end: number
}

/** Where tabs are allowed: they do not overlap, and come in order. */
function placesOfTabs(contents: Node | null): Range[] {
  const places: Range[] = []
  visit(contents, (_, node) => {
    if (!isScalar(node) && !(isCollection(node) && node.flow === true)) return undefined
    const { range } = node
    if (range !== undefined && range !== null) places.push({ begin: range[0], end: range[1] })
    return visit.SKIP
  })
  return places
}
