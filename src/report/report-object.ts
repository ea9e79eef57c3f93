import { apiVersionOf, type ResourceKind } from '../kube/resource-kind.ts'
import type { Result } from './report.ts'

/** A kind of object that holds what policy engines find, for dashboards and `kubectl get`. */
export interface ReportKind extends ResourceKind {
  /** Whether an object names its source by itself, and not only in each result. */
  hasSource: boolean
}

/** In order of preference: OpenReports, and the PolicyReport that it came from. */
export const reportKinds: readonly ReportKind[] = [
  { group: 'openreports.io', version: 'v1alpha1', kind: 'Report', resource: 'reports', hasSource: true },
  { group: 'wgpolicyk8s.io', version: 'v1alpha2', kind: 'PolicyReport', resource: 'policyreports', hasSource: false }
]

export const source = 'holdfast'
/** The label by which all our reports are found: Policy Reporter knows its own sources by it, too. */
export const managedBy = { 'app.kubernetes.io/managed-by': 'holdfast' } as const
const category = 'Availability'
/** An object of the API server has at most 1.5 MiB in etcd. A thousand results of 1 KiB stay below it. */
const mostResults = 1000

/** The object that a report is about, and that its deletion takes the report along with. */
export interface Scope {
  apiVersion: string
  kind: string
  namespace: string
  name: string
  uid: string
}

type Outcome = 'fail' | 'warn' | 'skip'

interface ReportedResult {
  source: string
  policy: string
  category: string
  severity: 'high' | 'medium' | 'low'
  result: Outcome
  scored: boolean
  timestamp: { seconds: number; nanos: number }
  message: string
  properties: Readonly<Record<string, string>>
}

/** A Report of OpenReports (openreports/reports-api apis/openreports.io/v1alpha1/report_types.go), or a PolicyReport. */
export interface ReportObject {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace: string
    labels: Readonly<Record<string, string>>
    ownerReferences: readonly [Omit<Scope, 'namespace'>]
  }
  source?: string
  scope: Scope
  summary: Readonly<Record<'pass' | 'fail' | 'warn' | 'error' | 'skip', number>>
  results: readonly ReportedResult[]
}

/** The name of the report about an object: a name that another engine gives its own, often the uid alone, is not taken. */
export function reportName({ uid }: Pick<Scope, 'uid'>): string {
  return `holdfast-${uid}`
}

/** What is found in an object. */
export interface Found {
  results: readonly Result[]
  /** Now, since the epoch. */
  seconds: number
  /** False in a namespace that Holdfast leaves alone whatever its labels. */
  isEnforceable: boolean
}

/**
 * The report about an object; undefined if there is nothing to say of it. What is required fails, what is advised or uncertain warns,
 * what is exempt is skipped.
 */
export function reportObject(kind: ReportKind, scope: Scope, found: Found): ReportObject | undefined {
  if (found.results.length === 0) return undefined
  const results = found.results.slice(0, mostResults).map((result) => reported(result, scope.uid, found))
  const summary = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 }
  for (const { result } of results) summary[result]++
  const { namespace, ...owner } = scope
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: reportName(scope), namespace, labels: managedBy, ownerReferences: [owner] },
    ...(kind.hasSource && { source }),
    scope,
    summary,
    results
  }
}

const outcomes = { required: 'fail', advised: 'warn', unknown: 'warn' } as const
const severities = { required: 'high', advised: 'medium', unknown: 'low' } as const

function reported(result: Result, uid: string, { seconds, isEnforceable }: Found): ReportedResult {
  const { policy, severity, field, container, text, fix, suppressed } = result
  return {
    source,
    policy,
    category,
    severity: severities[severity],
    result: suppressed === undefined ? outcomes[severity] : 'skip',
    scored: severity === 'required' && suppressed === undefined,
    timestamp: { seconds, nanos: 0 },
    message: suppressed === undefined ? text : `${text} (exempt: ${suppressed.reason})`,
    properties: {
      field,
      fix,
      ...(container !== '' && { container }),
      ...(suppressed?.until !== undefined && { exemptUntil: suppressed.until }),
      ...(!isEnforceable && { enforceable: 'false' }),
      // Without it, Policy Reporter makes a new result, and a new notification, of each message that changes.
      resultID: `${uid} ${policy} ${field}`
    }
  }
}

/** What a report says: of one that was read, whatever is there. */
export interface ReportContents {
  scope?: { uid?: string; name?: string }
  summary?: Readonly<Partial<Record<keyof ReportObject['summary'], number>>>
  results?: readonly {
    policy?: string
    severity?: string
    result?: string
    message?: string
    properties?: Readonly<Record<string, string>>
  }[]
}

/** What a report says, as text, but for when it was said: two reports with the same text need no write. */
export function contentsOf({ scope = {}, summary = {}, results = [] }: ReportContents): string {
  const { pass = 0, fail = 0, warn = 0, error = 0, skip = 0 } = summary
  const said = results.map(({ policy, severity, result, message, properties = {} }) => {
    const sorted = Object.keys(properties)
      .toSorted()
      .map((name) => [name, properties[name]])
    return [policy, severity, result, message, sorted]
  })
  return JSON.stringify([scope.uid, scope.name, [pass, fail, warn, error, skip], said])
}
