import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'

/** What a node is. A block is a scalar that begins with `|` or `>`; an absent node has no text. */
export type Shape = (typeof shapes)[number]

export const shapes = ['absent', 'scalar', 'block', 'alias', 'map', 'list'] as const

/** A node as it is written, whoever has read it. Offsets are in UTF-16 code units of the text of its document. */
export interface Written {
  shape: Shape
  begin: number | undefined
  /** Where its text ends, without what follows it on its line. */
  end: number | undefined
  /** The value of a scalar. */
  value?: unknown
  /** The items of a list. Of a map its keys and values, by turns. */
  children: readonly Written[]
}

const none: readonly Written[] = []
const absent: Written = { shape: 'absent', begin: undefined, end: undefined, children: none }

/** A node of the parser's tree, as it is written. */
export function toWritten(node: unknown): Written {
  if (isScalar(node)) {
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'
    return { ...rangeOf(node), shape: isBlock ? 'block' : 'scalar', value: node.value, children: none }
  }
  if (isSeq(node)) return { ...rangeOf(node), shape: 'list', children: node.items.map(toWritten) }
  if (isMap(node)) {
    const children = node.items.flatMap(({ key, value }) => [toWritten(key), toWritten(value)])
    return { ...rangeOf(node), shape: 'map', children }
  }
  return isAlias(node) ? { ...rangeOf(node), shape: 'alias', children: none } : absent
}

function rangeOf({ range }: Node): Pick<Written, 'begin' | 'end'> {
  return { begin: range?.[0], end: range?.[1] }
}
