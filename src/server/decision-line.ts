import type { DecisionRecord } from '../admission/answer.ts'
import type { PolicyVerdict } from '../engine/evaluate.ts'

// A name of an object is never longer; a user name may be.
const longest = 253

/** What is logged of a decision: who requested what, which policies were violated or spared, which of them denied it, and which warned. No part of the object. */
export interface DecisionLine extends Omit<DecisionRecord, 'verdicts'> {
  policies: readonly string[]
  spared: readonly string[]
  unknown: readonly string[]
  ms: number
}

export function toLine(record: DecisionRecord, ms: number): DecisionLine {
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
    warned: record.warned,
    patched: record.patched,
    ms: Math.round(ms * 1000) / 1000
  }
}

function cut(text: string): string {
  return text.length > longest ? text.slice(0, longest) : text
}

function policiesThat(verdicts: readonly PolicyVerdict[], wanted: PolicyVerdict['verdict']): string[] {
  const ids: string[] = []
  for (const { policy, verdict } of verdicts) if (verdict === wanted) ids.push(policy)
  return ids
}
