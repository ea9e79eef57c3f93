import type { fileVersion } from '../engine/api.ts'
import type { ClusterReport } from './cluster-report.ts'
import type { ReportedObject } from './reported-object.ts'

export type { ReportedObject } from './reported-object.ts'

/** What a command that only looks has found: sorted, complete, the same for the same input. It is published as JSON. */
export interface Report {
  apiVersion: typeof fileVersion
  kind: 'Report'
  command: 'lint' | 'scan'
  /** Of Holdfast. */
  version: string
  summary: Summary
  /** Sorted by file, line, column and policy; those of a cluster by namespace, kind, name and policy. Nothing is left out. */
  results: readonly Result[]
  /** Why the report is incomplete: exit code 3. */
  incomplete: readonly Incomplete[]
  /**
   * What has no effect, each in words: entries of a baseline and exemptions of the configuration that match nothing, and exemptions that
   * have ended.
   */
  stale: readonly string[]
  /** Of a cluster alone. */
  cluster?: ClusterReport
}

/** Suppressed results count as `exempted` or `baselined` only. */
export interface Summary {
  files: number
  objects: number
  required: number
  advised: number
  unknown: number
  fixable: number
  exempted: number
  baselined: number
}

export interface Result {
  /** The id of the policy. */
  policy: string
  /** `unknown`: something that is not known could overturn it. */
  severity: 'required' | 'advised' | 'unknown'
  object: ReportedObject
  /** The name of the container that the field is in; empty if it is in none. */
  container: string
  /** Where, as a path: `spec.template.spec.containers[name=web].readinessProbe`. */
  field: string
  /** What is wrong: `runs 1 replica`. */
  problem: string
  /** What could overturn it: `autoscaler unknown`; empty if nothing could. */
  hedge: string
  /** What to write instead: `set it to 2 or more`. */
  fix: string
  /** The line that admission would say: `deployment/web: [policy] field: problem; fix`. */
  text: string
  /** Whether `holdfast fix` or the label `holdfast.dev/inject` would mend it. */
  fixable: boolean
  /** Why it does not count; absent for what counts. */
  suppressed?: Suppression
  /** A new object like this one would be denied for it, in the mode of its namespace. Of a cluster alone; absent: it would not. */
  denied?: true
  /** Absent for an object of a cluster. */
  location?: Location
  /** What `holdfast fix` would insert; absent if that is not known. */
  insertions?: readonly Insertion[]
}

export interface Suppression {
  by: 'exemption' | 'baseline'
  reason: string
  /** The last UTC day on which it holds, YYYY-MM-DD; absent if it has no end. */
  until?: string
}

/** The field in its file, or its nearest parent that is there. Lines and columns count from 1, columns in UTF-16 code units. */
export interface Location {
  /** Relative to the working directory, with `/`; `-` for the standard input. */
  file: string
  line: number
  column: number
  endLine: number
  endColumn: number
}

export interface Insertion {
  file: string
  /** In UTF-16 code units from the beginning of the file. */
  offset: number
  line: number
  column: number
  text: string
}

export interface Incomplete {
  file: string
  line?: number
  problem: string
}

/** A format of a report: pure, with a final newline. */
export type Format = (report: Report, options: FormatOptions) => string

export interface FormatOptions {
  colour: boolean
  /** When and how it was seen, for a page that is kept up to date. */
  note?: string
  /** The title of a policy. */
  title?: (policy: string) => string
  /** The address of the page of a policy. */
  page?: (policy: string) => string
}
