import { known } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import type { KeptJob } from '../jobs.ts'

/** For a budget: the Jobs and CronJobs whose pods it selects, ended or not. */
export const jobs: FactDefinition<readonly KeptJob[]> = {
  budget: {
    from: ['jobs'],
    find: ({ metadata: { namespace = '' }, spec: { selector } }, { inventory }) =>
      known([...inventory.jobs.matching(namespace, selector)])
  }
}
