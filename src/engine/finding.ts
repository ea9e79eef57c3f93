import { cutMiddle, oneLine } from './text.ts'
import { hedgeOf, type Violation } from './violation.ts'

/** A violation of a policy, with its severity. `unknown`: the violation is uncertain, and never denied. */
export interface Finding extends Violation {
  policy: string
  severity: 'required' | 'advised' | 'unknown'
}

/** The API server cuts a warning beyond this length once all of them are long (apiserver pkg/endpoints/filters/warning.go). */
export const longestText = 256
/** What the API's own documentation asks of a warning. Findings keep to it after the object's name if that loses nothing. */
const shortText = 120
const podPath = /^spec\.(?:jobTemplate\.spec\.)?template\.spec\./

function withField(finding: Finding, field: string): string {
  return oneLine(textWith(finding, field))
}

function textWith(finding: Finding, field: string): string {
  const { policy, problem, fix } = finding
  const hedge = hedgeOf(finding)
  return `[${policy}] ${field}: ${problem}${hedge === '' ? '' : ` (${hedge})`}; ${fix}`
}

/** The whole finding on one line: `[min-replicas] spec.replicas: runs 1 replica (autoscaler unknown); set it to 2 or more`. */
export function findingText(finding: Finding): string {
  return withField(finding, finding.field)
}

/**
 * The finding as a text that can be read alone: `deployment/web: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more`.
 * If it is too long, the path to the pod spec goes first, then the middle of the field, then the middle of the object's name. The
 * problem and the fix are never cut.
 */
export function findingLine(object: string, finding: Finding): string {
  const whole = findingText(finding)
  const named = oneLine(object)
  if (whole.length <= shortText && named.length + 2 + whole.length <= longestText) return `${named}: ${whole}`
  const room = longestText - 2 - withField(finding, '').length
  const field = bareField(finding)
  const name = cutName(named, Math.max(shortestName, room - Math.min(field.length, shortestField)))
  return `${name}: ${withField(finding, cutMiddle(field, Math.max(shortestField, room - name.length)))}`
}

/** The name of an object within a length: its kind stays whole. */
export function cutName(object: string, length: number): string {
  const kind = object.slice(0, object.indexOf('/') + 1)
  return kind + cutMiddle(object.slice(kind.length), length - kind.length)
}

/**
 * The finding as a line of a text that has named its object: the path to the pod spec goes only if the line is too long. `plain`: whether
 * it is known that none of its texts has a character that a line cannot have.
 */
export function findingItem(finding: Finding, plain = false): string {
  const whole = plain ? textWith(finding, finding.field) : findingText(finding)
  if (whole.length <= longestText) return whole
  const room = longestText - withField(finding, '').length
  return withField(finding, cutMiddle(bareField(finding), Math.max(shortestField, room)))
}

function bareField({ field }: Finding): string {
  return oneLine(field.replace(podPath, ''))
}

/** The fewest characters of the object's name and of the field that stay, however long everything else is. */
const shortestName = 36
const shortestField = 16
