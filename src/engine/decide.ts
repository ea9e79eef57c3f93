import { sameJson } from '../kube/json.ts'
import type { Scale } from '../kube/scale.ts'
import { hasSameTemplate, isWorkload, type Workload } from '../kube/workload.ts'
import type { Mode } from './api.ts'
import { type Evaluation, type PolicyVerdict, verdictsOf } from './evaluate.ts'
import type { Finding } from './finding.ts'
import type { Subject } from './policy.ts'
import type { Ruleset } from './ruleset.ts'
import { isTold, type Operation } from './violation.ts'

/** What a request does to a subject. */
export interface Change {
  subject: Subject
  /** Parses the old object of an UPDATE on demand; undefined for a CREATE. */
  old: (() => Subject) | undefined
  /** Whether it is from a controller, or from a person who stands in for one: then it is never denied. */
  byController: boolean
}

/** The outcome of an evaluation in a mode. */
export type Decision =
  | { verdict: 'allow'; warnings: readonly Finding[]; wouldDeny: readonly Finding[] }
  | { verdict: 'deny'; warnings: readonly Finding[]; reasons: readonly Finding[] }

/** What the old object is judged by. */
export interface Before {
  /** Evaluates the old object as the new one is: by its own facts and exemptions. */
  evaluateOld: (old: Subject) => Evaluation
  ruleset: Ruleset
}

/**
 * Decides what to do about the findings: audit only records them, warn reports them, and enforce denies what it can and reports the rest.
 */
export function decide(mode: Mode, change: Change, { findings }: Evaluation, before: Before): Decision {
  const told = findings.filter((finding) => isTold(finding, operationOf(change)))
  const reasons = reasonsToDeny(change, findings, before)
  if (mode === 'enforce' && reasons.length > 0) {
    const denied = new Set(reasons)
    return { verdict: 'deny', reasons, warnings: told.filter((finding) => !denied.has(finding)) }
  }
  return { verdict: 'allow', warnings: mode === 'audit' ? [] : told, wouldDeny: reasons }
}

/** The verdicts on a request. A policy has the verdict `spared` if this operation is spared all its required findings. */
export function verdictsOn(change: Pick<Change, 'old'>, { findings, verdicts }: Evaluation): readonly PolicyVerdict[] {
  const operation = operationOf(change)
  const required = findings.filter(({ severity }) => severity === 'required')
  if (!required.some((finding) => isSpared(finding, operation))) return verdicts
  const spared = new Set(required.filter((finding) => isSpared(finding, operation)).map(({ policy }) => policy))
  for (const finding of required) if (!isSpared(finding, operation)) spared.delete(finding.policy)
  return verdicts.map((one) => (spared.has(one.policy) ? verdictsOf(one.policy).spared : one))
}

function isSpared({ certainty }: Finding, operation: Operation): boolean {
  if (certainty.kind !== 'certain') return false
  return certainty.sparedOn === operation || certainty.sparedOn === 'both'
}

function operationOf({ old }: Pick<Change, 'old'>): Operation {
  return old === undefined ? 'CREATE' : 'UPDATE'
}

/**
 * The findings that deny a request: required, certain, and not spared the operation. A controller's write to its own object and
 * scaling to zero are never denied. An UPDATE is denied only for findings that the old object did not have: the ratchet. What an
 * exemption covered there it did not have, so a request that drops the exemption brings it in. The old object is judged only if something
 * could be denied.
 */
function reasonsToDeny(change: Change, findings: readonly Finding[], before: Before): readonly Finding[] {
  const { subject, byController } = change
  if (byController) return []
  const operation = operationOf(change)
  const deniable = findings.filter((finding) => {
    return finding.severity === 'required' && finding.certainty.kind === 'certain' && !isSpared(finding, operation)
  })
  const old = deniable.length === 0 ? undefined : change.old?.()
  if (old === undefined) return deniable
  if (isWorkload(subject) && isWorkload(old)) {
    return scalesToZero(subject, old) ? [] : broughtIn(deniable, findingsBefore(old, subject, before))
  }
  // A Scale to more replicas, also of what was switched off, brings nothing in.
  const earlier = subject.kind === 'Scale' && old.kind === 'Scale' ? raised(old, subject) : old
  return broughtIn(deniable, before.evaluateOld(earlier).findings)
}

/**
 * What the old workload had. Where fewer replicas start no rollout, and change none to come, a policy that does not judge a Scale has
 * nothing to say about their number: it judges the old workload with the new number, as if it had been scaled first.
 */
function findingsBefore(old: Workload, subject: Workload, { evaluateOld, ruleset }: Before): readonly Finding[] {
  const { findings } = evaluateOld(raised(old, subject))
  if (!isScaledDown(old, subject)) return findings
  const judging = new Set(ruleset.rulesFor('Scale').map(({ policy }) => policy.id))
  const { findings: scaled } = evaluateOld(withReplicas(old, subject))
  return [
    ...findings.filter(({ policy }) => judging.has(policy)),
    ...scaled.filter(({ policy }) => !judging.has(policy))
  ]
}

/** The findings that the old object did not have. */
function broughtIn(required: readonly Finding[], before: readonly Finding[]): readonly Finding[] {
  const had = new Map<string, number>()
  for (const finding of before) had.set(identityOf(finding), (had.get(identityOf(finding)) ?? 0) + 1)
  return required.filter((finding) => {
    const left = had.get(identityOf(finding)) ?? 0
    had.set(identityOf(finding), left - 1)
    return left <= 0
  })
}

/** Identifies a finding by policy and field. Indices and names of list items do not count, so an item may move or be renamed. */
function identityOf({ policy, field }: Finding): string {
  return `${policy} ${field.replaceAll(/\[[^\]]*\]/g, '[]')}`
}

function scalesToZero(subject: Workload, old: Workload): boolean {
  return subject.replicas === 0 && old.replicas !== 0 && hasSameTemplate(subject, old)
}

/** Whether fewer replicas run, and neither the pods change nor how a rollout replaces them. */
function isScaledDown(old: Workload, subject: Workload): boolean {
  if (old.replicas === undefined || subject.replicas === undefined || subject.replicas >= old.replicas) return false
  return hasSameTemplate(old, subject) && sameJson(old.strategy, subject.strategy)
}

/** The old object with the replicas of the new one, if those are more: few replicas hid problems that the old object already had. */
function raised<W extends Workload | Scale>(old: W, { replicas }: Workload | Scale): W {
  return old.replicas === undefined || replicas === undefined || replicas <= old.replicas ? old : { ...old, replicas }
}

function withReplicas<W extends Workload>(old: W, { replicas }: Workload): W {
  return { ...old, replicas }
}
