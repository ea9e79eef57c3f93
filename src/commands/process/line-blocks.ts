/** Where blocks go: a stream as `process.stdout` is one, which takes what it can at once and holds the rest. */
export interface BlockWriter {
  /** How much it holds that nobody has taken yet, in characters. */
  readonly writableLength: number
  write(block: string, written: (error?: Error | null) => void): unknown
}

export interface BlockOptions {
  /** Characters that make a block. */
  blockLength: number
  /** Characters that the writer may hold; lines that come while it holds more are dropped. */
  mostHeld: number
  /** How long a line is held back at most, in milliseconds. */
  everyMs: number
  /** The line, with its end, that tells readers how many are missing in its place. */
  dropped: (count: number) => string
}

/**
 * Collects lines and passes them on in blocks, as one write for each line would cost more than judging. Lines whose reader falls behind
 * are dropped and counted: held, they would take all memory, and to wait for the reader would be to answer no calls.
 *
 * pino's own destination does not do: with `sync` a reader that is behind blocks the process; without it each write takes a thread of the
 * pool, and `flushSync` at the end waits for the reader for ever (sonic-boom 4.2.1).
 */
export class LineBlocks {
  /** How many lines nobody will read. */
  dropped = 0
  readonly #writer: BlockWriter
  readonly #options: BlockOptions
  #lines: string[] = []
  #length = 0
  #missing = 0

  constructor(writer: BlockWriter, options: BlockOptions) {
    this.#writer = writer
    this.#options = options
    setInterval(() => this.flush(), options.everyMs).unref()
  }

  write(line: string): void {
    this.#lines.push(line)
    this.#length += line.length
    if (this.#length >= this.#options.blockLength) this.flush()
  }

  /** Passes on what is held back. A pipe has it when this returns, unless its reader is behind. */
  flush(): void {
    if (this.#length === 0) return
    const lines = this.#lines
    this.#lines = []
    this.#length = 0
    const { length } = lines
    if (this.#writer.writableLength > this.#options.mostHeld) return this.#drop(length)
    if (this.#missing > 0) lines.unshift(this.#options.dropped(this.#missing))
    this.#missing = 0
    this.#writer.write(lines.join(''), (error) => {
      if (error) this.#drop(length)
    })
  }

  /** Passes on what is held back, and waits until the reader has it all, or `patienceMs`. */
  async end(patienceMs: number): Promise<void> {
    this.flush()
    const { promise, resolve } = Promise.withResolvers<void>()
    const patience = setTimeout(resolve, patienceMs)
    this.#writer.write('', () => resolve())
    await promise
    clearTimeout(patience)
  }

  #drop(count: number): void {
    this.dropped += count
    this.#missing += count
  }
}
