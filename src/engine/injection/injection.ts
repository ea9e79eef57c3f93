import type { Budget } from '../../kube/budget.ts'
import { sameJson, valueAt } from '../../kube/json.ts'
import { hasSameTemplate, isWorkload, type Workload } from '../../kube/workload.ts'
import { injectedKey } from '../api.ts'
import type { EvaluationContext } from '../evaluation-context.ts'
import type { Subject } from '../policy.ts'
import type { Rule } from '../ruleset.ts'
import { addRemedies, refusesInjection } from './additions.ts'
import { AppliedManifests, marked, replacesObject, withoutTakenOver } from './applied-manifests.ts'
import { stillOurs } from './ownership.ts'
import { type PatchOperation, PatchBuilder } from './patch-builder.ts'
import {
  hasRoom,
  hasSameRecord,
  type Injected,
  injectedIn,
  type Places,
  type RecordEntry,
  recordPlace,
  recordText,
  withAdditions,
  withEntries
} from './record.ts'
import { renew } from './renew.ts'
import { restore } from './restore.ts'
import { withdraw } from './withdraw.ts'

/** What an admission makes of the remedies: the operations of its patch, and the entries of what they put in or put back. */
export interface Injection {
  operations: readonly PatchOperation[]
  injected: readonly Injected[]
  /** Of these, the ones that the old object did not have, and the ones that it had with another value. */
  added: readonly Injected[]
  updated: readonly Injected[]
}

/**
 * Makes the patch of a request. Edits neither the object nor the old one: all phases work on a copy.
 *
 * A new workload gets what its remedies add (additions.ts), and a record of it (record.ts). An UPDATE must restart no pod that nobody
 * touched, and must change nothing that a person wrote. It has four phases:
 *
 * 1. Restore (restore.ts). Values that were injected in the old object and that the request merely omits are put back as they were. If
 *    the pod template then equals the old one, the request does not change it, and neither do we: phase 4 is next.
 * 2. Withdraw (withdraw.ts). Where a person has put a handler beside an injected one, ours goes.
 * 3. Renew (renew.ts). The remedies run on the new template. Values that were injected before are derived again, because what they were
 *    derived from may have changed.
 * 4. Record and sum up (below). The record of all injected values is written, and the edits become the patch. Where the record has no
 *    room, nothing is injected.
 *
 * An exemption or `inject: disabled` is a person's word against an injection. Its value is then not put back, and goes with the next
 * change of the template. The value of a policy that is off is put back, and goes with that change, too.
 *
 * A budget gets what its remedies add where the request changes its spec. Nothing restarts for it, so it has no record.
 */
export function injectionFor(subject: Subject, old: Subject | undefined, context: EvaluationContext): Injection {
  if (subject.kind === 'PodDisruptionBudget') {
    return injectionForBudget(subject, old?.kind === subject.kind ? old : undefined, context)
  }
  if (!isWorkload(subject)) return noInjection
  return old !== undefined && isWorkload(old)
    ? injectionOnUpdate(subject, old, context)
    : injectionOnCreate(subject, context)
}

/** No patch. */
export const noInjection: Injection = { operations: [], injected: [], added: [], updated: [] }

function injectionOnCreate(workload: Workload, context: EvaluationContext): Injection {
  const builder = new PatchBuilder(workload)
  const recorded = injectedIn(workload, context.ruleset)
  const kept = stillOurs(builder, recorded)
  const additions = addRemedies(builder, context, recorded, kept.length)
  const { ruleset } = context
  return sumUp(builder, workload, withAdditions(kept, additions), { ruleset, before: [], templateChanges: false })
}

function injectionOnUpdate(workload: Workload, old: Workload, context: EvaluationContext): Injection {
  // No UPDATE may change what is injected in a Pod.
  if (workload.kind === 'Pod') return noInjection
  // Then nothing is omitted that could be put back, and nothing may be added.
  if (hasSameTemplate(workload, old)) return noInjection

  const builder = new PatchBuilder(workload)
  const { ruleset } = context
  const manifests = new AppliedManifests(workload)
  const present = withoutTakenOver(injectedIn(workload, ruleset), manifests)
  const before = hasSameRecord(workload, old) ? present : withoutTakenOver(injectedIn(old, ruleset), manifests)

  const restored = restore(builder, workload, old, notRefused(before, workload, context))
  const restoredRecord = withEntries(present, restored)
  // No UPDATE may change the pod template of a Job.
  if (workload.kind === 'Job' || (restored.length > 0 && hasTemplateOf(old, builder))) {
    return sumUp(builder, workload, restoredRecord, { ruleset, before, templateChanges: false })
  }

  // A value in a manifest that replaces the whole object, without a record, is a person's.
  const entries = replacesObject(workload) ? restoredRecord : [...restoredRecord, ...before]
  const held = withdraw(builder, stillOurs(builder, entries), manifests)
  const wanted = ofRules(notRefused(held, workload, context), ruleset.rulesFor(workload.kind))
  const renewed = renew(builder, held, context, wanted)

  return sumUp(builder, workload, marked(renewed, manifests), { ruleset, before, templateChanges: true })
}

/** The entries that no person's word is against. */
function notRefused(
  entries: readonly RecordEntry[],
  workload: Workload,
  { exemptions }: EvaluationContext
): readonly RecordEntry[] {
  if (refusesInjection(workload)) return []
  const { reasons } = exemptions
  return reasons.size === 0 ? entries : entries.filter(({ policy }) => !reasons.has(policy))
}

/** The entries whose policies are on. */
function ofRules(entries: readonly RecordEntry[], rules: readonly Rule[]): ReadonlySet<RecordEntry> {
  const on = new Set<RecordEntry>()
  for (const entry of entries) {
    for (const { policy } of rules) if (policy.id === entry.policy) on.add(entry)
  }
  return on
}

function hasTemplateOf(old: Workload, builder: PatchBuilder): boolean {
  return sameJson(builder.valueAt(old.templateAt), valueAt(old.object, old.templateAt))
}

/**
 * Phase 4: sums up what was done, with the record of it. A record of what is gone is a reason of its own to write only where the
 * template changes anyway.
 */
function sumUp(
  builder: PatchBuilder,
  workload: Workload,
  record: readonly Injected[],
  { ruleset, before, templateChanges }: { ruleset: Places; before: readonly RecordEntry[]; templateChanges: boolean }
): Injection {
  if (builder.untouched && !templateChanges) return noInjection
  const text = record.length === 0 ? undefined : recordText(record)
  if (record.length > 0 && (text === undefined || !hasRoom(workload, text))) return noInjection
  // Without a record to write, a text that is no record is left as it is.
  if (record.length > 0 || injectedIn(workload, ruleset).length > 0) builder.set(injectedKey, recordPlace, text)
  const operations = builder.operations()
  const onlyRecord = operations.size === (operations.has(injectedKey) ? 1 : 0)
  if (onlyRecord && !templateChanges) return noInjection
  const injected = record.filter(({ at }) => operations.has(at))
  return { operations: [...operations.values()], injected, ...newsIn(injected, before) }
}

/** A value that is only put back is neither added nor updated. */
function newsIn(injected: readonly Injected[], before: readonly RecordEntry[]): Pick<Injection, 'added' | 'updated'> {
  if (before.length === 0) return { added: injected, updated: [] }
  const earlier = new Map(before.map(({ at, value }) => [at, value]))
  return {
    added: injected.filter(({ at }) => !earlier.has(at)),
    updated: injected.filter(({ at, value }) => earlier.has(at) && !sameJson(earlier.get(at), value))
  }
}

/** Adds to a budget only where the request writes its spec: a label on an old budget leaves the rest as it was. */
function injectionForBudget(budget: Budget, old: Budget | undefined, context: EvaluationContext): Injection {
  const builder = new PatchBuilder(budget)
  const spec = builder.valueAt(['spec'])
  const unchanged = old !== undefined && sameJson(spec, valueAt(old.object, ['spec']))
  if (spec === undefined || unchanged) return noInjection
  const injected = addRemedies(builder, context)
  return { operations: [...builder.operations().values()], injected, added: injected, updated: [] }
}
