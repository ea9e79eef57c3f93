import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair, visit } from 'yaml'
import type { Place } from '../kube/json.ts'
import type { Tree } from './document.ts'

/** Why nothing is inserted somewhere. */
export interface Refusal {
  why: string
}

/** A value in a tree; the pair of its key, if it has one, and the mapping or list that holds it. */
export interface Spot {
  node: unknown
  pair?: Pair
  parent?: unknown
}

/**
 * Finds the values that can be added to. Refuses what stands for more than one value, and what is written elsewhere: an alias, an anchor
 * with aliases, what a merge key brings.
 */
export function spotsIn(tree: Tree): (place: Place) => Spot | Refusal {
  const shared = sharedNodes(tree)
  return (place) => {
    let spot: Spot = { node: tree.contents }
    let why = objectionTo(spot.node, shared)
    for (const token of place) {
      if (why !== undefined) break
      const next = childOf(spot.node, String(token))
      if (next === undefined) why = `${token} comes from a merge key`
      else {
        spot = next
        why = objectionTo(spot.node, shared)
      }
    }
    return why === undefined ? spot : { why }
  }
}

/** The value of a key, or an item; undefined if it is not written there. */
function childOf(node: unknown, token: string): Spot | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(token)]
    return item === undefined ? undefined : { node: item, parent: node }
  }
  const pair = isMap(node) ? node.items.findLast(({ key }) => isScalar(key) && String(key.value) === token) : undefined
  return pair === undefined ? undefined : { node: pair.value, pair, parent: node }
}

function objectionTo(node: unknown, shared: ReadonlySet<Node>): string | undefined {
  if (isAlias(node)) return `*${node.source} stands for a value that is written elsewhere`
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return undefined
  if (node.anchor !== undefined && shared.has(node)) return `&${node.anchor} is shared by an alias`
  return node.srcToken !== undefined && node.tag?.startsWith('!') === true ? `tagged ${node.tag}` : undefined
}

/** The nodes that aliases stand for. */
function sharedNodes(tree: Tree): ReadonlySet<Node> {
  const anchors = new Map<string, Node>()
  const shared = new Set<Node>()
  visit(tree, (_, node) => {
    if (isPair(node)) return
    if (isAlias(node)) {
      const meant = anchors.get(node.source)
      if (meant !== undefined) shared.add(meant)
    } else if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined)
      anchors.set(node.anchor, node)
  })
  return shared
}
