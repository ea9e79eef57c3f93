import { exemptUntilKey } from '../engine/api.ts'
import { type Finding, findingLine } from '../engine/finding.ts'
import type { Judgement } from '../engine/judge.ts'
import { objectName } from '../engine/subject.ts'
import { hedgeOf, isTold } from '../engine/violation.ts'
import { annotation } from '../kube/metadata.ts'
import type { Location, ReportedObject, Result, Suppression } from './report.ts'

export interface ResultsOf {
  judgement: Judgement
  object: ReportedObject
  /** Whether a remedy mends the finding. */
  isFixable: (finding: Finding) => boolean
  /** Absent for an object of a cluster. */
  locate?: (field: string) => Location
}

/**
 * What is found in an object, as a report has it. Doubts that admission tells nobody are left out. What a CREATE is spared is certain here:
 * nothing that could still come is missing.
 */
export function resultsOf({ judgement, object, isFixable, locate }: ResultsOf): Result[] {
  const { subject, evaluation, exemptions } = judgement
  const toResult = (finding: Finding): Result => {
    const { policy, severity, field, problem, fix } = finding
    return {
      policy,
      severity,
      object,
      container: containerIn(field),
      field,
      problem,
      hedge: hedgeOf(finding),
      fix,
      text: findingLine(objectName(subject), finding),
      fixable: isFixable(finding),
      ...(locate !== undefined && { location: locate(field) })
    }
  }
  const until = annotation(subject.metadata, exemptUntilKey)
  const exempted = (policy: string): Suppression => {
    return { by: 'exemption', reason: exemptions.reasons.get(policy) ?? '', ...(until !== undefined && { until }) }
  }
  return [
    ...evaluation.findings.filter(isSaid).map(toResult),
    ...evaluation.exempt.filter(isSaid).map((finding) => {
      return { ...toResult(finding), fixable: false, suppressed: exempted(finding.policy) }
    })
  ]
}

function isSaid(finding: Finding): boolean {
  return isTold(finding, 'UPDATE')
}

/** `containers[name=web]`, or `containers[1]` for one whose name is not its own. */
const inContainer = /(?:^|\.)(?:containers|initContainers)\[(?:name=)?([^\]]*)\]/

function containerIn(field: string): string {
  return inContainer.exec(field)?.[1] ?? ''
}

/** Compares by file, line, column and policy, or for a cluster by namespace, kind, name and policy; then by what tells the rest apart. */
export function compareResults(one: Result, other: Result): number {
  const [first, second] = [keysOf(one), keysOf(other)]
  for (const [index, key] of first.entries()) {
    const against = second[index]
    if (key === against || against === undefined) continue
    return key < against ? -1 : 1
  }
  return 0
}

function keysOf({ location, object, policy, field, text }: Result): readonly (string | number)[] {
  const { namespace, kind, name } = object
  const place = location === undefined ? [namespace, kind, name] : [location.file, location.line, location.column]
  return [...place, policy, namespace, kind, name, field, text]
}
