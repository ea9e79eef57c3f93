/** A place in a text: line and column from 1; the column in UTF-16 code units. */
export interface Position {
  line: number
  column: number
}

/** Turns an offset in a text into its position. A byte order mark has no column. */
export function positionsIn(text: string): (offset: number) => Position {
  const starts = [text.startsWith('\uFEFF') ? 1 : 0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: Math.max(0, offset - (starts[low] ?? 0)) + 1 }
  }
}

/** Where the line of an offset begins. A byte order mark is before the first line. */
export function lineStart(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return start === 0 && text.startsWith('\uFEFF') ? 1 : start
}

/** Where the line of an offset ends, with its line end. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

/** How far an offset is from the start of its line, from 0. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

/** How the line ends that holds an offset, or else the first line. */
export function lineBreakAt(text: string, offset: number): '\r\n' | '\n' {
  const end = lineEnd(text, offset)
  if (text.charAt(end - 1) === '\n') return text.charAt(end - 2) === '\r' ? '\r\n' : '\n'
  return /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n'
}
