/** What takes whole blocks, as a SonicBoom does. */
export interface BlockWriter {
  write(block: string): unknown
  flushSync(): void
}

/**
 * Collects lines and passes them on in blocks. SonicBoom could collect them itself, but measures all that it holds at every line, which
 * costs more than writing the line.
 */
export class LineBlocks {
  readonly #writer: BlockWriter
  readonly #blockLength: number
  #lines: string[] = []
  #length = 0

  /** `blockLength` is in characters; `everyMs` is how long a line is held back at most. */
  constructor(writer: BlockWriter, blockLength: number, everyMs: number) {
    this.#writer = writer
    this.#blockLength = blockLength
    setInterval(() => this.#pass(), everyMs).unref()
  }

  write(line: string): void {
    this.#lines.push(line)
    this.#length += line.length
    if (this.#length >= this.#blockLength) this.#pass()
  }

  /** Writes out what is held back before it returns. */
  flushSync(): void {
    this.#pass()
    this.#writer.flushSync()
  }

  #pass(): void {
    if (this.#length === 0) return
    const block = this.#lines.join('')
    this.#lines = []
    this.#length = 0
    this.#writer.write(block)
  }
}
