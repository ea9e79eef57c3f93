import { exemptPrefix, injectEnabled, injectKey } from '../engine/api.ts'
import { type Finding, findingItem, findingLine, longestText } from '../engine/finding.ts'
import { cutMiddle, oneLine } from '../engine/text.ts'
import type { PatchOperation } from '../engine/injection/patch-builder.ts'
import { arePlain, verbatim } from './plain-text.ts'

/** Up to here the API server cuts nothing (apiserver pkg/endpoints/filters/warning.go). */
const warningsLength = 4096

/** The response to the API server, without the uid. */
export interface Response {
  allowed: boolean
  /** Of a denial: the Status with its reasons, as JSON. */
  status?: string | undefined
  warnings?: readonly string[] | undefined
  /** Each value is a JSON string literal, with its quotes. */
  auditAnnotations?: Readonly<Record<string, string>> | undefined
  /** A JSON patch in base64. */
  patch?: string | undefined
}

/** The AdmissionReview as JSON text. What is JSON already goes in as it is: scanning it for escapes takes time. */
export function toReview(uid: string, { allowed, status, warnings, auditAnnotations, patch }: Response): string {
  let text = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":${JSON.stringify(uid)},"allowed":${allowed}`
  if (status !== undefined) text += `,"status":${status}`
  if (warnings !== undefined) text += `,"warnings":${JSON.stringify(warnings)}`
  if (auditAnnotations !== undefined) text += `,"auditAnnotations":{${entriesOf(auditAnnotations)}}`
  if (patch !== undefined) text += `,"patchType":"JSONPatch","patch":"${patch}"`
  return `${text}}}`
}

function entriesOf(annotations: Readonly<Record<string, string>>): string {
  let entries = ''
  for (const key of Object.keys(annotations)) entries += `${entries === '' ? '' : ','}"${key}":${annotations[key]}`
  return entries
}

/** The patch of a response, in base64. */
export function toPatch(operations: readonly PatchOperation[]): string {
  return Buffer.from(JSON.stringify(operations)).toString('base64')
}

/** A limit, so that remarks about many exemptions do not crowd out the findings. */
const mostRemarks = 5

/** The warnings of an answer, and the findings that are among them. */
export interface Warnings {
  texts: readonly string[]
  findings: readonly Finding[]
}

/** The first remarks, then the findings, each one line that can be read alone, as many as the API server passes on whole. */
export function toWarnings(object: string, remarks: readonly string[], findings: readonly Finding[]): Warnings {
  const said = remarks.slice(0, mostRemarks).map((remark) => cutMiddle(oneLine(remark), longestText))
  const texts = [...said, ...findings.map((finding) => findingLine(object, finding))]
  const warnings: string[] = []
  let room = warningsLength - longestText
  for (const text of texts) {
    room -= text.length
    if (room < 0) break
    warnings.push(text)
  }
  const rest = texts.length - warnings.length + remarks.length - said.length
  const sent = findings.slice(0, Math.max(0, warnings.length - said.length))
  if (rest === 0) return { texts: warnings, findings: sent }
  const more = `${cutMiddle(oneLine(object), 128)}: ${rest} more in the audit annotation "findings"`
  return { texts: [...warnings, more], findings: sent }
}

/** What a denial says in addition to its reasons. */
export interface Denial {
  object: string
  profile: string
  /** The policies of the reasons, each once. */
  policies: readonly string[]
  /** Whether an exemption is possible at all. */
  exemptible: boolean
  /** The policies that the webhook repairs in a namespace that allows it. */
  repairable: readonly string[]
  /** The user, where it may be a controller that is not listed. */
  claimant: string | undefined
  /** The URL of a policy page, with `{policy}` for its id. */
  policyPages: string | undefined
}

/** A denial lists as many: less than a megabyte, whatever the object. */
const mostReasons = 1000

/**
 * The denial as JSON: the first reasons with their fixes, in the text that kubectl shows and, for programs, in the causes. `plain`: whether
 * all texts of the reasons are plain.
 */
export function toStatus(reasons: readonly Finding[], denial: Denial, plain = arePlain(reasons)): string {
  const { object, profile, policies } = denial
  const listed = reasons.length > mostReasons ? reasons.slice(0, mostReasons) : reasons
  const write = plain ? verbatim : lineInJson
  const count = `${policies.length} required ${policies.length === 1 ? 'policy' : 'policies'} of profile ${profile}`
  let message = inJson(`${cutMiddle(oneLine(object), 128)} violates ${count}:`)
  let causes = ''
  for (const finding of listed) {
    const { policy, field, problem, fix } = finding
    message += `\\n${write(findingItem(finding, plain))}`
    const cause = `{"reason":"${policy}","field":"${write(field)}","message":"${write(`${problem}; ${fix}`)}"}`
    causes += causes === '' ? cause : `,${cause}`
  }
  for (const hint of hintsOf(denial, reasons.length - listed.length)) message += `\\n${hint}`
  return `{"status":"Failure","code":403,"reason":"Forbidden","message":"${message}","details":{"causes":[${causes}]}}`
}

const exemptHint = inJson(`To exempt it, annotate it with ${exemptPrefix}<policy>: "<reason>".`)

/** The lines below the reasons, each as it is in a string of JSON. `more` reasons are not listed. Ids of policies are plain words. */
function hintsOf(denial: Denial, more: number): readonly string[] {
  const { policies, exemptible, repairable, claimant, policyPages } = denial
  const hints: string[] = []
  if (more > 0) hints.push(`${more} more findings are not listed.`)
  if (repairable.length > 0)
    hints.push(`With ${injectKey}=${injectEnabled} on the namespace, Holdfast repairs ${repairable.join(', ')}.`)
  if (claimant !== undefined)
    hints.push(inJson(`${claimantText(claimant)}, add it to operators.trusted in Holdfast's configuration.`))
  if (exemptible) hints.push(exemptHint)
  if (policyPages !== undefined)
    hints.push(...policies.map((policy) => inJson(`See ${policyPages.replaceAll('{policy}', policy)}`)))
  return hints
}

function lineInJson(text: string): string {
  return inJson(oneLine(text))
}

/** A text in a string of JSON. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** The condition of the hint. No user name of a service account is longer than 400 characters. */
function claimantText(user: string): string {
  return `If ${cutMiddle(oneLine(user), 400)} is the object's controller`
}
