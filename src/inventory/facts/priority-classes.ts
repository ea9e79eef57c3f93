import { known } from '../fact.ts'
import { type FactDefinition, forEverySubject } from '../fact-definition.ts'

/** The names of the PriorityClasses. */
export const priorityClasses: FactDefinition<Pick<ReadonlySet<string>, 'has'>> = forEverySubject({
  from: ['priorityClasses'],
  find: (_subject, { inventory: { priorityClasses: classes } }) => {
    return known({ has: (name: string) => classes.get(name) !== undefined })
  }
})
