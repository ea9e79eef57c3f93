import { type Shape, shapes, type Written } from './written.ts'

/** A node of an outline. */
export type NodeNumber = number

/** What the outline has for each node: where it begins and ends, its shape, its size, and where its children or its word are. */
const width = 5
const none = -1

/**
 * Where the nodes of a document are, in UTF-16 code units of its text. A node takes 20 bytes and the text of its key, where the parser's
 * tree takes a kilobyte. So each document keeps its outline, and is not parsed again to locate a finding.
 */
export class Outline {
  readonly root: NodeNumber
  readonly #cells: Int32Array
  readonly #words: readonly unknown[]

  constructor(root: Written) {
    const cells: number[] = []
    const words: unknown[] = []
    this.root = allocate(cells, 1)
    fill({ cells, words }, this.root, { node: root, isWord: false })
    this.#cells = Int32Array.from(cells)
    this.#words = words
  }

  /** Where a node begins; undefined for an absent one. */
  begin(node: NodeNumber): number | undefined {
    return this.#cell(node, 0)
  }

  /** Where the text of a node ends, without what follows it on its line; undefined for an absent one. */
  end(node: NodeNumber): number | undefined {
    return this.#cell(node, 1)
  }

  shape(node: NodeNumber): Shape {
    return shapes[this.#cell(node, 2) ?? 0] ?? 'absent'
  }

  /** The items of a list. Of a map its keys and values, by turns. */
  children(node: NodeNumber): { first: NodeNumber; count: number } {
    return { first: this.#cell(node, 4) ?? 0, count: this.#cell(node, 3) ?? 0 }
  }

  /** The value of a scalar that is a key, or stands under the key `name`; undefined for other nodes. */
  word(node: NodeNumber): unknown {
    const shape = this.shape(node)
    const word = shape === 'scalar' || shape === 'block' ? this.#cell(node, 4) : undefined
    return word === undefined ? undefined : this.#words[word]
  }

  #cell(node: NodeNumber, index: number): number | undefined {
    const cell = this.#cells[node * width + index]
    return cell === none ? undefined : cell
  }
}

interface Draft {
  cells: number[]
  words: unknown[]
}

function allocate(cells: number[], count: number): NodeNumber {
  const first = cells.length / width
  for (let index = 0; index < count * width; index++) cells.push(none)
  return first
}

function fill(draft: Draft, number: NodeNumber, { node, isWord }: { node: Written; isWord: boolean }): void {
  const { cells, words } = draft
  const { shape, begin, end, value, children } = node
  const at = number * width
  cells[at] = begin ?? none
  cells[at + 1] = end ?? none
  cells[at + 2] = shapes.indexOf(shape)
  if (isScalar(node) && isWord) cells[at + 4] = words.push(value) - 1
  if (shape !== 'map' && shape !== 'list') return
  const first = allocate(cells, children.length)
  cells[at + 3] = children.length
  cells[at + 4] = first
  for (const [index, child] of children.entries()) {
    const key = shape === 'map' && index % 2 === 1 ? children[index - 1] : undefined
    const isNamed = key !== undefined && isScalar(key) && key.value === 'name'
    fill(draft, first + index, { node: child, isWord: isNamed || (shape === 'map' && index % 2 === 0) })
  }
}

function isScalar({ shape }: Written): boolean {
  return shape === 'scalar' || shape === 'block'
}
