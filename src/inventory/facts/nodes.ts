import { known } from '../fact.ts'
import { type FactDefinition, forEverySubject } from '../fact-definition.ts'
import type { Nodes } from '../node-set.ts'

/** The nodes of the cluster. */
export const nodes: FactDefinition<Nodes> = forEverySubject({
  from: ['nodes'],
  find: (_subject, { inventory }) => known(inventory.nodes.snapshot)
})
