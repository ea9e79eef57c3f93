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

export function toPolicyTable(costs: readonly StepCost[]): string {
  return toTable<StepCost>(
    [
      { head: 'in process', cell: ({ step }) => step },
      { head: 'review', cell: ({ body, bytes }) => `${body}, ${(bytes / 1024).toFixed(1)} KiB` },
      { head: 'CPU µs', cell: ({ microseconds }) => microseconds.toFixed(1) },
      { head: 'of JSON.parse', cell: ({ ofParse }) => ofParse.toFixed(2) }
    ],
    costs
  )
}
