import { applyInsertions, type Insertion } from './insertion.ts'
import { lineEnd, positionsIn } from './lines.ts'

const context = 3

/**
 * The insertions into a file as a unified diff, which `git apply` and `patch -p1` take; empty without insertions. The path is relative,
 * with `/`. Where whole lines are inserted no other line is touched; a line that is inserted into is removed and added.
 */
export function unifiedDiff(path: string, text: string, insertions: readonly Insertion[]): string {
  if (insertions.length === 0) return ''
  const lines = linesOf(text)
  let moved = 0
  const hunks = hunksOf(changesIn(text, insertions)).map((hunk) => {
    const shown = hunkText(lines, hunk, moved)
    for (const { removed, added } of hunk) moved += added.length - removed
    return shown
  })
  return `--- ${nameOf(`a/${path}`)}\n+++ ${nameOf(`b/${path}`)}\n${hunks.join('')}`
}

/** Lines that give way to others. */
interface Change {
  /** The index of the first line that gives way, or before which others come. */
  at: number
  removed: number
  added: readonly string[]
}

/** The lines of a text, each with its end. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/)
}

function changesIn(text: string, insertions: readonly Insertion[]): Change[] {
  const touched: { from: number; to: number; insertions: Insertion[] }[] = []
  for (const insertion of insertions) {
    const from = text.lastIndexOf('\n', insertion.offset - 1) + 1
    const isWhole = insertion.offset === from && insertion.text.endsWith('\n')
    const to = isWhole ? from : lineEnd(text, insertion.offset)
    const last = touched.at(-1)
    if (last !== undefined && (from < last.to || from === last.from)) {
      last.to = Math.max(last.to, to)
      last.insertions.push(insertion)
    } else touched.push({ from, to, insertions: [insertion] })
  }
  const positionOf = positionsIn(text)
  return touched.map(({ from, to, insertions: own }) => {
    const old = text.slice(from, to)
    const inOld = own.map((insertion) => ({ ...insertion, offset: insertion.offset - from }))
    const at = from === text.length ? linesOf(text).length : positionOf(from).line - 1
    return { at, removed: linesOf(old).length, added: linesOf(applyInsertions(old, inOld)) }
  })
}

/** Changes whose contexts touch share a hunk. */
function hunksOf(changes: readonly Change[]): Change[][] {
  const hunks: Change[][] = []
  for (const change of changes) {
    const before = hunks.at(-1)?.at(-1)
    if (before !== undefined && change.at - before.at - before.removed <= 2 * context) hunks.at(-1)?.push(change)
    else hunks.push([change])
  }
  return hunks
}

/** One hunk; `moved` is how many lines the hunks before it have added. */
function hunkText(lines: readonly string[], hunk: readonly Change[], moved: number): string {
  const begin = Math.max(0, (hunk[0]?.at ?? 0) - context)
  const body: string[] = []
  let [at, added, removed] = [begin, 0, 0]
  for (const change of hunk) {
    body.push(...lines.slice(at, change.at).map((line) => marked(' ', line)))
    at = change.at + change.removed
    body.push(
      ...lines.slice(change.at, at).map((line) => marked('-', line)),
      ...change.added.map((line) => marked('+', line))
    )
    added += change.added.length
    removed += change.removed
  }
  const end = Math.min(lines.length, at + context)
  body.push(...lines.slice(at, end).map((line) => marked(' ', line)))
  const count = end - begin
  return `@@ -${range(begin, count)} +${range(begin + moved, count + added - removed)} @@\n${body.join('')}`
}

/** Lines count from 1; a range without lines names the line before it. */
function range(begin: number, count: number): string {
  return `${count === 0 ? begin : begin + 1},${count}`
}

function marked(mark: string, line: string): string {
  return line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`
}

/** A name as git writes it: with a tab behind one that has spaces, in quotes where characters need them. */
function nameOf(path: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what needs quotes
  if (!/[\0-\x1F"\\]/.test(path)) return path.includes(' ') ? `${path}\t` : path
  // oxlint-disable-next-line no-control-regex
  return `"${path.replaceAll(/[\0-\x1F"\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`
}
