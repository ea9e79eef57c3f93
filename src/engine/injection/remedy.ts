import { sameJson, valueAt } from '../../kube/json.ts'
import { annotation } from '../../kube/metadata.ts'
import type { Workload } from '../../kube/workload.ts'
import { injectDisabled, injectedKey, injectKey } from '../api.ts'
import type { EvaluationContext } from '../evaluation-context.ts'
import { PatchBuilder, type Operation } from './patch-builder.ts'
import { contextOf } from '../evaluate.ts'
import { hasSameRecord, type Injected, injectedIn, recordPlace, recordText } from './record.ts'
import { isOurs, renewed } from './ownership.ts'
import type { Injection } from '../policy.ts'
import { restore, withdraw } from './restore.ts'
import type { Rule, Ruleset } from '../ruleset.ts'
import { isWrittenAnew, notWritten, writtenIn } from './stated.ts'

/** What is to be done to a workload: the operations, and what they put in or put back. */
export interface Remedied {
  operations: readonly Operation[]
  injected: readonly Injected[]
}

const annotationsLimit = 256 * 1024
const nothing: Remedied = { operations: [], injected: [] }

/** Whether the workload's own annotation keeps remedies away from it. */
function refusesInjection({ metadata }: Workload): boolean {
  return annotation(metadata, injectKey) === injectDisabled
}

/** More would not fit the record. */
const mostInjections = 256

/** The injections of one rule. One whose container is gone, or in whose place something else stands, is left out. */
function inject(patch: PatchBuilder, { policy }: Rule, injections: readonly Injection[], ruleset: Ruleset): void {
  const { record } = patch
  if (injections.length + record.length > mostInjections) return
  const entries: Injected[] = []
  for (const { at, value, mark = value, instead } of injections) {
    const place = patch.placeOf(at)
    if (place === undefined || patch.valueAt(place) !== instead) continue
    if (!ruleset.mayInject(policy.id, at)) throw new Error(`${policy.id} may not inject ${at}`)
    const before = record.find((entry) => entry.at === at)?.instead ?? instead
    patch.set(at, place, value)
    const entry = { policy: policy.id, at, value: mark }
    entries.push(before === undefined ? entry : { ...entry, instead: before })
  }
  if (entries.length > 0) patch.record = joined(record, entries)
}

/** Both; of those for one place, the later one. */
function joined(record: readonly Injected[], entries: readonly Injected[]): readonly Injected[] {
  if (record.length === 0) return entries
  return [...record.filter(({ at }) => !entries.some((entry) => entry.at === at)), ...entries]
}

function applyRules(
  patch: PatchBuilder,
  { facts, ruleset, exemptions }: EvaluationContext,
  recorded: readonly Injected[]
): void {
  for (const rule of ruleset.rulesFor(patch.workload.kind)) {
    if (rule.policy.remedy === undefined || exemptions.reasons.has(rule.policy.id)) continue
    inject(
      patch,
      rule,
      rule.policy.remedy(contextOf(rule, patch.workload, { facts, ruleset }, () => recorded)),
      ruleset
    )
  }
}

/**
 * Makes anew what is injected in a pod template that changes anyway: what a value was derived from may have changed with it, and a
 * probe of yesterday's port would keep the pods from ever being ready. A raised default stays, and goes up if it must.
 */
function renew(patch: PatchBuilder, context: EvaluationContext, refuses: (entry: Injected) => boolean): void {
  const { workload, record } = patch
  const anew = record.flatMap((entry) => {
    const place = patch.placeOf(entry.at)
    if (place === undefined || (entry.instead !== undefined && !refuses(entry))) return []
    return [{ entry, place, present: patch.valueAt(place) }]
  })
  const places = new Set(anew.map(({ entry: { at } }) => at))
  patch.record = record.filter(({ at }) => !places.has(at))
  for (const { entry, place } of anew) patch.set(entry.at, place, entry.instead)
  if (!refusesInjection(workload)) applyRules(patch, context, record)
  for (const { entry, place, present } of anew) {
    if (!refuses(entry)) patch.set(entry.at, place, renewed(present, entry, patch.valueAt(place)))
  }
}

/** Of the entries, by their order, those that the object holds, and nobody has made theirs: one for each place. */
function entriesIn(patch: PatchBuilder, entries: readonly Injected[]): Injected[] {
  const held = new Map<string, Injected>()
  for (const entry of [...patch.record, ...entries]) {
    const place = patch.placeOf(entry.at)
    if (place !== undefined && !held.has(entry.at) && isOurs(patch.valueAt(place), entry)) held.set(entry.at, entry)
  }
  return [...held.values()]
}

/** Whether the record fits beside the other annotations: the API server bounds them all together. */
function hasRoom({ metadata }: Workload, record: string): boolean {
  const { annotations = {} } = metadata
  let text = `${injectedKey}${record}`
  for (const key of Object.keys(annotations)) if (key !== injectedKey) text += `${key}${annotations[key]}`
  // A character takes three bytes at most: most texts need not be measured.
  return text.length * 3 <= annotationsLimit || Buffer.byteLength(text) <= annotationsLimit
}

/**
 * Sums up what was done, with the record of it. Without room for the record nothing is. A record of what is not there any more is a
 * reason of its own to write only where the template changes anyway.
 */
function finish(patch: PatchBuilder, changes: boolean): Remedied {
  const { record, workload } = patch
  if (patch.untouched && !changes) return nothing
  const text = record.length === 0 ? undefined : recordText(record)
  if (record.length > 0 && (text === undefined || !hasRoom(workload, text))) return nothing
  if (record.length > 0 || injectedIn(workload).length > 0) patch.set(injectedKey, recordPlace, text)
  const operations = patch.operations()
  const onlyRecord = operations.size === (operations.has(injectedKey) ? 1 : 0)
  if (onlyRecord && !changes) return nothing
  return { operations: [...operations.values()], injected: record.filter(({ at }) => operations.has(at)) }
}

/** Makes a new workload true, as far as its policies have remedies. Edits the object of the workload. */
export function remedyCreate(workload: Workload, context: EvaluationContext): Remedied {
  if (refusesInjection(workload)) return nothing
  const recorded = injectedIn(workload)
  const patch = new PatchBuilder(workload, recorded)
  patch.record = entriesIn(patch, [])
  applyRules(patch, context, recorded)
  return finish(patch, false)
}

/** Kinds whose pod template no UPDATE may change. */
const frozen: ReadonlySet<string> = new Set(['Job', 'Pod'])

/**
 * On UPDATE, first puts back what was injected and the request merely omits. If the pod template is then what it was, the request does
 * not touch it, and neither do we: nothing restarts. Only in a template that the request itself changes is anything withdrawn, made
 * anew or added. A person's word against an injection, an exemption or `inject: disabled`, keeps it from being put back, and lets it go
 * with the next change; so does a policy that is off. Edits the object of the workload.
 */
export function remedyUpdate(workload: Workload, old: Workload, context: EvaluationContext): Remedied {
  if (workload.kind === 'Pod') return nothing
  const isUnchanged = () => sameJson(valueAt(workload.object, workload.templateAt), valueAt(old.object, old.templateAt))
  // Nothing is omitted then that could be put back, and nothing may be added.
  if (isUnchanged()) return nothing
  const { ruleset, exemptions } = context
  const refuses = (entry: Injected) => refusesInjection(workload) || exemptions.reasons.has(entry.policy)
  const written = writtenIn(workload)
  const entriesOf = (object: Workload) => {
    return notWritten(injectedIn(object), written).filter(({ policy, at }) => ruleset.mayInject(policy, at))
  }
  const present = entriesOf(workload)
  const before = hasSameRecord(workload, old) ? present : entriesOf(old)
  const patch = new PatchBuilder(workload, present)
  restore(
    patch,
    old,
    before.filter((entry) => !refuses(entry))
  )
  if (frozen.has(workload.kind) || (!patch.untouched && isUnchanged())) return finish(patch, false)
  const rules = new Set(ruleset.rulesFor(workload.kind).map(({ policy }) => policy.id))
  // What a manifest holds that is written anew, without a record, is written.
  withdraw(patch, entriesIn(patch, isWrittenAnew(workload) ? [] : before), written)
  renew(patch, context, (entry) => refuses(entry) || !rules.has(entry.policy))
  return finish(patch, true)
}
