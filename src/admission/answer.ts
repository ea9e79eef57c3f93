import type { Mode } from '../engine/api.ts'
import type { PolicyVerdict } from '../engine/evaluate.ts'

/** What a call asks for: a patch, or the verdict of a mode. */
export type Endpoint = 'mutate' | Mode

/** What is logged and counted of a call. It holds no part of the object. */
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
  /** `ignored`: nothing that we judge. */
  verdict: 'allow' | 'deny' | 'patch' | 'ignored'
  verdicts: readonly PolicyVerdict[]
  /** The policies that denied it, and those that the caller was warned by. */
  denied: readonly string[]
  warned: readonly string[]
  /** The policies that a patch made true. */
  patched: readonly string[]
}

/** The AdmissionReview to send back, as JSON text, and the record of how it came about. */
export interface Answer {
  body: string
  record: DecisionRecord
}

/** Judges the parsed body of a call. Throws InvalidReview where it is no AdmissionReview that we can judge (a 400). */
export type Admit = (endpoint: Endpoint, body: unknown) => Answer

/** The caller's fault: what is wrong with the body, and where. Its message goes back to the caller. */
export class InvalidReview extends Error {
  override name = 'InvalidReview'
}
