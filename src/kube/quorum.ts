interface Counted {
  group: string
  kind: string
  /** Undefined if unknown. */
  replicas: number | undefined
}

/** Which pods of a workload vote: all, none, or as many as there are voters, some of which may be pods of other workloads. */
export type Voters = number | 'all' | 'none'

/** What a person says about the voters of a workload. Undefined if it says nothing. */
export function parseVoters(written: string): Voters | undefined {
  if (written === 'true') return 'all'
  if (written === 'false') return 'none'
  return /^[1-9][0-9]{0,4}$/.test(written) ? Number(written) : undefined
}

/**
 * Whether the pods may decide by majority, as databases, queues and coordination services do. Nothing in a StatefulSet says so, and two
 * have no majority without both; `said` is what a person says of them. An unready member may hold the only copy of data that others
 * still copy.
 */
export function mayBeQuorum({ group, kind, replicas }: Counted, said?: Voters): boolean {
  if (said !== undefined) return said !== 'none'
  return group === 'apps' && kind === 'StatefulSet' && (replicas === undefined || replicas > 2)
}

/** How many of these may be unavailable while the others are a majority. */
export function outsideMajority(members: number): number {
  return Math.max(0, Math.floor((members - 1) / 2))
}
