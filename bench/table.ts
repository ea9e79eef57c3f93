export interface Column<T> {
  head: string
  cell: (row: T) => string
}

/** A Markdown table that lines up as plain text too: the first column to the left, numbers to the right. */
export function toTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const [first, ...others] = columns.map(({ head, cell }) => [head, ...rows.map(cell)])
  if (first === undefined) return ''
  const left = pad(first, (text, width) => text.padEnd(width))
  const right = others.map((texts) => pad(texts, (text, width) => text.padStart(width)))
  const lines = left.map((text, line) => `| ${[text, ...right.map((texts) => texts[line] ?? '')].join(' | ')} |`)
  const rule = `|${[left, ...right].map(([head = ''], index) => rulerOf(head.length, index > 0)).join('|')}|`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

function pad(texts: readonly string[], fill: (text: string, width: number) => string): string[] {
  const width = Math.max(...texts.map(({ length }) => length))
  return texts.map((text) => fill(text, width))
}

function rulerOf(width: number, toTheRight: boolean): string {
  return toTheRight ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2)
}
