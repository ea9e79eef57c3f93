import type { Mode } from '../../engine/api.ts'
import type { Scope } from '../../report/report-object.ts'
import type { Report, Result } from '../../report/report.ts'

/** The mode of a namespace; `off`: it has not opted in; `system`: it cannot, so nothing in it can be enforced. */
export type ScannedMode = Mode | 'off' | 'system'

/** An object of the cluster, judged. */
export interface ScannedObject {
  scope: Scope
  /** Of its namespace. */
  mode: ScannedMode
  results: readonly Result[]
  /** In milliseconds since the epoch; undefined if it does not say. */
  createdAt: number | undefined
  /** Whether it may run two pods or more, and no budget protects them. */
  isUnprotected: boolean
}

/** What came of a scan. */
export interface Scanned {
  /** Why it did not see everything, a reason for each kind that could not be listed. */
  problems: readonly string[]
  /** What the page shows; absent if there is none. */
  report?: Report
}

/** Judges every object of the namespaces that are scanned, and calls back for each. */
export type ScanCluster = (visit: (object: ScannedObject) => void, signal: AbortSignal) => Promise<Scanned>
