import type { DecisionRecord } from '../admission/answer.ts'
import type { PolicyVerdict } from '../engine/evaluate.ts'

// A name of an object is never longer; a user name may be.
const longest = 253

/** What is logged of a decision: who requested what, which policies were violated or spared, which of them denied it, and which warned. No part of the object. */
export interface DecisionLine extends Omit<DecisionRecord, 'verdicts' | 'findings' | 'reasons' | 'profile'> {
  policies: readonly string[]
  spared: readonly string[]
  unknown: readonly string[]
  /** Of a denial: the profile, and what it is denied for. */
  profile: string | undefined
  reasons: readonly Reason[] | undefined
  ms: number
}

interface Reason {
  policy: string
  severity: string
  field: string
}

/** A denial has more only for a hostile object. */
const mostReasons = 20

export function toLine(record: DecisionRecord, ms: number): DecisionLine {
  const isDenial = record.reasons.length > 0
  return {
    uid: cut(record.uid),
    endpoint: record.endpoint,
    operation: cut(record.operation),
    resource: cut(record.resource),
    namespace: cut(record.namespace),
    name: cut(record.name),
    user: cut(record.user),
    dryRun: record.dryRun,
    verdict: record.verdict,
    policies: policiesThat(record.verdicts, 'violated'),
    spared: policiesThat(record.verdicts, 'spared'),
    unknown: policiesThat(record.verdicts, 'unknown'),
    denied: record.denied,
    profile: isDenial ? (record.profile ?? '') : undefined,
    reasons: isDenial ? reasonsOf(record) : undefined,
    warned: record.warned,
    patched: record.patched,
    ms: Math.round(ms * 1000) / 1000
  }
}

function reasonsOf({ reasons }: DecisionRecord): readonly Reason[] {
  return reasons.slice(0, mostReasons).map(({ policy, severity, field }) => ({ policy, severity, field: cut(field) }))
}

function cut(text: string): string {
  return text.length > longest ? text.slice(0, longest) : text
}

function policiesThat(verdicts: readonly PolicyVerdict[], wanted: PolicyVerdict['verdict']): string[] {
  const ids: string[] = []
  for (const { policy, verdict } of verdicts) if (verdict === wanted) ids.push(policy)
  return ids
}
