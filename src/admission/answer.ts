import type { Mode } from '../engine/api.ts'
import type { PolicyVerdict } from '../engine/evaluate.ts'
import type { Finding } from '../engine/finding.ts'

/** What a call requests: a patch, the verdict of a mode, or what is wrong with the labels of a namespace. */
export type Endpoint = 'mutate' | Mode | 'labels'

/** What is logged and counted for a call. */
export interface DecisionRecord {
  uid: string
  endpoint: Endpoint
  operation: string
  /** `apps/deployments`, `pods`, `apps/deployments/scale`. */
  resource: string
  namespace: string
  name: string
  user: string
  dryRun: boolean
  /** `ignored`: Holdfast does not judge this object. */
  verdict: 'allow' | 'deny' | 'patch' | 'ignored'
  verdicts: readonly PolicyVerdict[]
  /** What was found. Of these, counts and log lines take policy, severity and field alone. */
  findings: readonly Finding[]
  /** The findings that denied the call. */
  reasons: readonly Finding[]
  /** The profile that the call was judged by; undefined where it was not judged. */
  profile: string | undefined
  /** The policies that denied the call, and those in its warnings. */
  denied: readonly string[]
  warned: readonly string[]
  /** The policies that the patch satisfies. */
  patched: readonly string[]
}

/** The AdmissionReview to send back, as JSON text, and the record of the decision. */
export interface Answer {
  body: string
  record: DecisionRecord
}

/** Judges the parsed body of a call. Throws InvalidReview for a body that is not a valid AdmissionReview (a 400). */
export type Admit = (endpoint: Endpoint, body: unknown) => Answer

/** The caller's fault: what is wrong with the body, and where. Its message goes back to the caller. */
export class InvalidReview extends Error {
  override name = 'InvalidReview'
}
