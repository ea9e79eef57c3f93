import { exemptPrefix, injectEnabled, injectKey } from '../engine/api.ts'
import { type Finding, findingItem, findingLine, longestText } from '../engine/finding.ts'
import { cutMiddle, oneLine } from '../engine/text.ts'
import type { PatchOperation } from '../engine/injection/patch-builder.ts'

/** Up to here the API server cuts nothing (apiserver pkg/endpoints/filters/warning.go). */
const warningsLength = 4096

/** The response to the API server, without the uid. */
export interface Response {
  allowed: boolean
  status?: Status | undefined
  warnings?: readonly string[] | undefined
  /** Each value is a JSON string literal, with its quotes. */
  auditAnnotations?: Readonly<Record<string, string>> | undefined
  /** A JSON patch in base64. */
  patch?: string | undefined
}

export interface Status {
  status: 'Failure'
  code: number
  reason: string
  message: string
  details: { causes: { reason: string; field: string; message: string }[] }
}

/** The AdmissionReview as JSON text. Annotations and the patch go in as they are: scanning them for escapes takes time. */
export function toReview(uid: string, response: Response): string {
  const { allowed, status, warnings, auditAnnotations, patch } = response
  let text = JSON.stringify({ uid, allowed, status, warnings }).slice(0, -1)
  if (auditAnnotations !== undefined) {
    const entries = Object.entries(auditAnnotations).map(([key, value]) => `"${key}":${value}`)
    text += `,"auditAnnotations":{${entries.join(',')}}`
  }
  if (patch !== undefined) text += `,"patchType":"JSONPatch","patch":"${patch}"`
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":${text}}}`
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

/** The denial: the first reasons with their fixes, in the text that kubectl shows and, for programs, in the causes. */
export function toStatus(reasons: readonly Finding[], denial: Denial): Status {
  const { object, profile, exemptible, repairable, claimant, policyPages } = denial
  const policies = [...new Set(reasons.map(({ policy }) => policy))]
  const listed = reasons.slice(0, mostReasons)
  const more = reasons.length - listed.length
  const count = `${policies.length} required ${policies.length === 1 ? 'policy' : 'policies'} of profile ${profile}`
  const lines = [
    `${cutMiddle(oneLine(object), 128)} violates ${count}:`,
    ...listed.map(findingItem),
    ...(more === 0 ? [] : [`${more} more findings are not listed.`]),
    ...(repairable.length === 0
      ? []
      : [`With ${injectKey}=${injectEnabled} on the namespace, Holdfast repairs ${repairable.join(', ')}.`]),
    ...(claimant === undefined
      ? []
      : [`${claimantText(claimant)}, add it to operators.trusted in Holdfast's configuration.`]),
    ...(exemptible ? [`To exempt it, annotate it with ${exemptPrefix}<policy>: "<reason>".`] : []),
    ...(policyPages === undefined ? [] : policies.map((policy) => `See ${policyPages.replaceAll('{policy}', policy)}`))
  ]
  return {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: lines.join('\n'),
    details: {
      causes: listed.map(({ policy, field, problem, fix }) => {
        return { reason: policy, field: oneLine(field), message: oneLine(`${problem}; ${fix}`) }
      })
    }
  }
}

/** The condition of the hint. No user name of a service account is longer than 400 characters. */
function claimantText(user: string): string {
  return `If ${cutMiddle(oneLine(user), 400)} is the object's controller`
}
