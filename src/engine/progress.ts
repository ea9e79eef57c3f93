import { parseWorkload, type Workload } from '../kube/workload.ts'
import type { Injected } from './injected.ts'
import type { Draft, Operation } from './patch.ts'

/** A workload on its way through the remedies. */
export interface Progress {
  /** As the operations so far leave it. */
  workload: Workload
  operations: readonly Operation[]
  /** All that is injected in it by now. */
  record: readonly Injected[]
  /** What this call put in, or put back. */
  touched: readonly Injected[]
}

export function begin(workload: Workload, record: readonly Injected[]): Progress {
  return { workload, operations: [], record, touched: [] }
}

/** The progress after a draft; `entries` are what the draft put in, if anything. */
export function advance(
  { workload, touched }: Progress,
  { object, operations }: Draft,
  record: readonly Injected[],
  entries: readonly Injected[] = []
): Progress {
  return {
    workload: parseWorkload(workload.kind, object),
    operations,
    record,
    touched: [...touched, ...entries]
  }
}
