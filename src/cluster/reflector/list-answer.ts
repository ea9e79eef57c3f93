const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const [openBrace, closeBrace] = [0x7b, 0x7d]
const [openBracket, closeBracket] = [0x5b, 0x5d]

/** In the outermost object, up to the bracket that opens the list. */
const itemsBegin = /[{,]\s*"items"\s*:\s*\[$/
const longestBegin = 256
const longestEnvelope = 1024 * 1024

/**
 * Takes the JSON of a list apart while it comes, so that never more than one item of it is in memory as text, and no page of items as
 * objects. Only quotes, brackets and commas are looked at here, none of which is part of a longer character in UTF-8; what is between
 * them is for JSON.parse to judge.
 */
export class ListAnswer {
  readonly #onItem: (item: unknown) => void
  readonly #longestItem: number
  /** All but the items, in pieces. */
  readonly #envelope: Buffer[] = []
  /** The beginning of an item, in pieces. */
  #item: Buffer[] = []
  #depth = 0
  #inItems = false
  #inString = false
  #escaped = false

  /** `onItem` gets each item, whatever it is, in order. */
  constructor(onItem: (item: unknown) => void, longestItem: number) {
    this.#onItem = onItem
    this.#longestItem = longestItem
  }

  /** Throws for what is no JSON, for an item that is too long, and what `onItem` throws. */
  take(piece: Buffer): void {
    let from = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]
      if (this.#inString) this.#passString(byte)
      else if (byte === quote) this.#inString = true
      else if (byte === openBrace || byte === openBracket) {
        if (byte === openBracket && this.#beginsItems(piece, from, at)) {
          this.#keep(piece.subarray(from, at + 1))
          from = at + 1
          this.#inItems = true
        }
        this.#depth++
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth--
        if (this.#inItems && this.#depth === 1) {
          this.#endItem(piece.subarray(from, at), true)
          from = at
          this.#inItems = false
        }
      } else if (byte === comma && this.#inItems && this.#depth === 2) {
        this.#endItem(piece.subarray(from, at), false)
        from = at + 1
      }
    }
    this.#keep(piece.subarray(from))
  }

  /** The list without its items. Throws where it is not whole. */
  finish(): unknown {
    if (this.#inItems || this.#inString || this.#depth !== 0) throw new Error('the answer breaks off')
    return JSON.parse(Buffer.concat(this.#envelope).toString())
  }

  #passString(byte: number | undefined): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === backslash) this.#escaped = true
    else if (byte === quote) this.#inString = false
  }

  #beginsItems(piece: Buffer, from: number, at: number): boolean {
    if (this.#inItems || this.#depth !== 1) return false
    const before = Buffer.concat([...this.#envelope, piece.subarray(from, at + 1)])
    return itemsBegin.test(before.toString('latin1', Math.max(0, before.length - longestBegin)))
  }

  #endItem(end: Buffer, isLast: boolean): void {
    this.#keep(end)
    const text = Buffer.concat(this.#item).toString()
    this.#item = []
    // An empty list ends before anything began.
    if (!isLast || text.trim() !== '') this.#onItem(JSON.parse(text))
  }

  #keep(piece: Buffer): void {
    const [pieces, longest] = this.#inItems ? [this.#item, this.#longestItem] : [this.#envelope, longestEnvelope]
    pieces.push(piece)
    if (lengthOf(pieces) > longest) throw new Error(`a part of the answer is longer than ${longest} bytes`)
  }
}

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((length, piece) => length + piece.length, 0)
}
