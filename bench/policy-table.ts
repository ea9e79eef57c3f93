import type { PolicyCost, SetCost, SetName } from './policy-sets.ts'
import type { Reviews } from './review.ts'
import { toTable } from './table.ts'

/** What one step costs, in CPU microseconds per review. */
export interface StepCost {
  step: string
  body: keyof Reviews
  bytes: number
  microseconds: number
  /** In units of JSON.parse of the same body. */
  ofParse: number
}

/** What `bench/policies.ts` measures. */
export interface PolicyCosts {
  steps: readonly StepCost[]
  sets: readonly SetCost[]
  each: readonly PolicyCost[]
}

export function toPolicyTables({ steps, sets, each }: PolicyCosts): string {
  const ofSteps = toTable<StepCost>(
    [
      { head: 'in process', cell: ({ step }) => step },
      { head: 'review', cell: ({ body, bytes }) => `${body}, ${(bytes / 1024).toFixed(1)} KiB` },
      { head: 'CPU µs', cell: ({ microseconds }) => microseconds.toFixed(1) },
      { head: 'of JSON.parse', cell: ({ ofParse }) => ofParse.toFixed(2) }
    ],
    steps
  )
  const ofSets = toTable<SetCost>(
    [
      { head: 'policies, CPU µs', cell: ({ kind }) => kind },
      { head: 'of v1', cell: cellOf('v1', 1) },
      { head: 'added by v2', cell: cellOf('v2', 1) },
      { head: 'that do not apply', cell: cellOf('others', 2) }
    ],
    sets
  )
  const ofEach = toTable<PolicyCost>(
    [
      { head: 'policy', cell: ({ id }) => id },
      { head: 'judged', cell: ({ kind }) => kind },
      { head: 'CPU µs', cell: ({ microseconds }) => microseconds.toFixed(1) }
    ],
    each
  )
  return `${ofSteps}\n\n${ofSets}\n\n${ofEach}`
}

/** `12.3 for 14`: microseconds, and the number of policies. */
function cellOf(name: SetName, digits: number): (cost: SetCost) => string {
  return ({ sets }) => {
    const set = sets.find((one) => one.name === name)
    return set === undefined ? '' : `${set.microseconds.toFixed(digits)} for ${set.policies}`
  }
}
