interface Counted {
  group: string
  kind: string
  /** Undefined if unknown. */
  replicas: number | undefined
}

/**
 * Whether the pods may decide by majority, as databases, queues and coordination services do. Nothing in a StatefulSet says so, and two
 * have no majority without both. An unready member may hold the only copy of data that others still copy.
 */
export function mayBeQuorum({ group, kind, replicas }: Counted): boolean {
  return group === 'apps' && kind === 'StatefulSet' && (replicas === undefined || replicas > 2)
}

/** How many of these may be unavailable while the others are a majority. */
export function outsideMajority(members: number): number {
  return Math.max(0, Math.floor((members - 1) / 2))
}
