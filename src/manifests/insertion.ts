/** A text that goes into a file, at an offset of its old text in UTF-16 code units. Of two in one place the first one comes first. */
export interface Insertion {
  offset: number
  text: string
}

/** The text with all insertions, which are in its order. */
export function applyInsertions(text: string, insertions: readonly Insertion[]): string {
  const parts: string[] = []
  let from = 0
  for (const { offset, text: inserted } of insertions) {
    parts.push(text.slice(from, offset), inserted)
    from = offset
  }
  return parts.join('') + text.slice(from)
}
