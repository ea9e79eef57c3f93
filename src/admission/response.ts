import { cut, type Finding, findingText, findingWarning, oneLine, warningLength } from '../engine/finding.ts'
import type { Operation } from '../engine/injection/patch-builder.ts'

/** Up to here the API server cuts nothing (apiserver pkg/endpoints/filters/warning.go). */
const warningsLength = 4096
/** As much as ValidatingAdmissionPolicy allows one audit annotation. */
const auditLength = 10 * 1024

/** What goes back to the API server, beside the uid. */
export interface Response {
  allowed: boolean
  status?: Status
  warnings?: readonly string[]
  auditAnnotations?: Readonly<Record<string, string>>
  patchType?: 'JSONPatch'
  patch?: string
}

interface Status {
  status: 'Failure'
  code: number
  reason: string
  message: string
  details: { causes: { reason: string; field: string; message: string }[] }
}

/** The AdmissionReview as JSON text. The patch is base64, so it goes in as it is: reading it through for escapes takes time. */
export function toReview(uid: string, response: Response): string {
  const { allowed, status, warnings, auditAnnotations, patchType, patch } = response
  const rest = JSON.stringify({ uid, allowed, status, warnings, auditAnnotations, patchType })
  const whole = patch === undefined ? rest : `${rest.slice(0, -1)},"patch":"${patch}"}`
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":${whole}}`
}

/** The patch of a response; none for no operations, since an empty patch still makes the API server look for changes. */
export function toPatch(operations: readonly Operation[]): Pick<Response, 'patch' | 'patchType'> {
  if (operations.length === 0) return {}
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') }
}

/** So that notices about many exemptions do not crowd out the findings. */
const mostNotices = 5

/** The first notices, then the findings, each one line, as many as the API server passes on whole. */
export function toWarnings(notices: readonly string[], findings: readonly Finding[]): string[] {
  const said = notices.slice(0, mostNotices).map((notice) => cut(oneLine(`holdfast: ${notice}`), warningLength))
  const texts = [...said, ...findings.map(findingWarning)]
  const warnings: string[] = []
  let room = warningsLength - warningLength
  for (const text of texts) {
    room -= text.length
    if (room < 0) break
    warnings.push(text)
  }
  const rest = texts.length - warnings.length + notices.length - said.length
  return rest === 0 ? warnings : [...warnings, `holdfast: and ${rest} more, in the audit annotation "findings"`]
}

/** The denial: every reason with its fix in the text that kubectl shows, and once more for programs in the causes. */
export function toStatus(reasons: readonly Finding[], profile: string, exemptible: boolean): Status {
  const count = new Set(reasons.map(({ policy }) => policy)).size
  const head = `${count} ${count === 1 ? 'policy' : 'policies'} of profile ${profile} ${count === 1 ? 'is' : 'are'} not met:`
  const tail = exemptible ? ['An exemption: annotate it with holdfast.dev/exempt.<policy>: "<reason>"'] : []
  return {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: [head, ...reasons.map(findingText), ...tail].join('\n'),
    details: {
      causes: reasons.map(({ policy, field, problem, fix }) => {
        return { reason: policy, field: oneLine(field), message: oneLine(`${problem}; ${fix}`) }
      })
    }
  }
}

/** A JSON list within the length of an audit annotation; what does not fit is counted in a last item. */
export function auditList(items: readonly unknown[]): string {
  const whole = JSON.stringify(items)
  // A character takes three bytes at most.
  if (whole.length * 3 <= auditLength) return whole
  const texts: string[] = []
  let room = auditLength - '{"more":}'.length - 16
  for (const item of items) {
    const text = JSON.stringify(item)
    room -= Buffer.byteLength(text) + 1
    if (room < 0) break
    texts.push(text)
  }
  const rest = items.length - texts.length
  return `[${(rest === 0 ? texts : [...texts, `{"more":${rest}}`]).join(',')}]`
}
