import type { Violation } from './policy.ts'

/** A violation of a policy, and how much it weighs. `unknown`: a fact that is not known could overturn it; it is never denied. */
export interface Finding extends Violation {
  policy: string
  severity: 'required' | 'advised' | 'unknown'
}

/** What the API's own documentation asks of a warning; longer ones may be cut. */
export const warningLength = 120

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g
const podPath = /^spec\.(?:jobTemplate\.spec\.)?template\.spec\./

/** One line without control characters: the API server drops a warning that has any without a word. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(control, ' ')
}

/** At most `length` characters, with an ellipsis where something is missing. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1)).toWellFormed()}…`
}

function doubt({ unless }: Finding): string {
  return unless === undefined ? '' : ` (${unless} unknown)`
}

/** The whole finding on one line: `[min-replicas] spec.replicas: runs 1 replica (autoscaler unknown); set it to 2 or more`. */
export function findingText(finding: Finding): string {
  const { policy, field, problem, fix } = finding
  return oneLine(`[${policy}] ${field}: ${problem}${doubt(finding)}; ${fix}`)
}

/**
 * The finding within the length of a warning. What gives way first is the path to the pod spec, then the problem; the fix stays, and
 * so does what is unknown.
 */
export function findingWarning(finding: Finding): string {
  const whole = findingText(finding)
  if (whole.length <= warningLength) return whole
  const field = finding.field.replace(podPath, '')
  const shorter = findingText({ ...finding, field })
  if (shorter.length <= warningLength) return shorter
  const head = `[${finding.policy}] `
  const tail = oneLine(`${doubt(finding)}: ${finding.fix}`)
  return cut(
    `${head}${cut(oneLine(field), Math.max(12, warningLength - head.length - tail.length))}${tail}`,
    warningLength
  )
}
