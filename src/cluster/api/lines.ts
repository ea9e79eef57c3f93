const newline = 10

/** Splits what comes in pieces into lines. A line is never cut inside a character, because no other byte of UTF-8 is a newline. */
export async function* splitLines(pieces: AsyncIterable<Buffer>, longest: number): AsyncGenerator<string, void> {
  let begun: Buffer[] = []
  let length = 0
  const grow = (piece: Buffer): void => {
    begun.push(piece)
    length += piece.length
    if (length > longest) throw new Error(`a line is longer than ${longest} bytes`)
  }
  const take = (): string => {
    const line = Buffer.concat(begun, length).toString()
    begun = []
    length = 0
    return line
  }
  for await (const piece of pieces) {
    let from = 0
    for (let to = piece.indexOf(newline); to !== -1; to = piece.indexOf(newline, from)) {
      grow(piece.subarray(from, to))
      from = to + 1
      yield take()
    }
    if (from < piece.length) grow(piece.subarray(from))
  }
  if (length > 0) yield take()
}
