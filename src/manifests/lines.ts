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
