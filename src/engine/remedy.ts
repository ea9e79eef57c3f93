import { sameJson, valueAt, withValueAt } from '../kube/json.ts'
import { annotation } from '../kube/metadata.ts'
import type { Workload } from '../kube/workload.ts'
import { contextOf } from './evaluate.ts'
import type { Exemptions } from './exemption.ts'
import type { Facts } from './facts.ts'
import { type Injected, injectedIn, injectedKey, recordPlace, recordText } from './injected.ts'
import { isOurs, placeOf, renewed } from './ours.ts'
import { type Operation, operationsBetween } from './patch.ts'
import type { Injection } from './policy.ts'
import { begin, edit, type Edit, type Progress } from './progress.ts'
import { restore } from './restore.ts'
import type { Rule, Ruleset } from './ruleset.ts'

/** What is to be done to a workload: the operations, and what they put in or put back. */
export interface Remedied {
  operations: readonly Operation[]
  injected: readonly Injected[]
}

/** What all remedies of one call have in common. */
export interface Circumstances {
  facts: Facts
  ruleset: Ruleset
  exemptions: Exemptions
}

const injectKey = 'holdfast.dev/inject'
const annotationsLimit = 256 * 1024
const nothing: Remedied = { operations: [], injected: [] }

/** Whether the workload's own annotation keeps remedies away from it. */
function refusesInjection({ metadata }: Workload): boolean {
  return annotation(metadata, injectKey) === 'disabled'
}

/** More would not fit the record. */
const mostInjections = 256

/** The injections of one rule. One whose container is gone, or in whose place something else stands, is left out. */
function inject(progress: Progress, { policy }: Rule, injections: readonly Injection[], ruleset: Ruleset): Progress {
  const { workload, record } = progress
  if (injections.length + record.length > mostInjections) return progress
  const edits: Edit[] = []
  const entries = new Map<string, Injected>()
  for (const { at, value, instead } of injections) {
    const place = placeOf(workload, at)
    if (place === undefined || valueAt(workload.object, place) !== instead) continue
    if (!ruleset.mayInject(policy.id, at)) throw new Error(`${policy.id} may not inject ${at}`)
    const before = record.find((entry) => entry.at === at)?.instead ?? instead
    edits.push({ at, place, value })
    entries.set(at, { policy: policy.id, at, value, ...(before !== undefined && { instead: before }) })
  }
  return edit(progress, edits, [...record.filter(({ at }) => !entries.has(at)), ...entries.values()])
}

function applyRules(
  start: Progress,
  { facts, ruleset, exemptions }: Circumstances,
  recorded: readonly Injected[]
): Progress {
  let progress = start
  for (const rule of ruleset.rulesFor(start.workload.kind)) {
    if (rule.policy.remedy === undefined || exemptions.reasons.has(rule.policy.id)) continue
    const context = contextOf(rule, progress.workload, facts, () => recorded)
    if (rule.policy.check(context).length === 0) continue
    progress = inject(progress, rule, rule.policy.remedy(context), ruleset)
  }
  return progress
}

/**
 * Makes anew what is injected in a pod template that changes anyway: what a value was derived from may have changed with it, and a
 * probe of yesterday's port would keep the pods from ever being ready. A raised default stays, and goes up if it must.
 */
function renew(progress: Progress, circumstances: Circumstances): Progress {
  const { workload, record } = progress
  const rules = new Set(circumstances.ruleset.rulesFor(workload.kind).map(({ policy }) => policy.id))
  const ours = record.flatMap((entry) => {
    const place = placeOf(workload, entry.at)
    const present = place === undefined ? undefined : valueAt(workload.object, place)
    const derived = rules.has(entry.policy) && !circumstances.exemptions.reasons.has(entry.policy)
    const mine = derived && circumstances.ruleset.mayInject(entry.policy, entry.at) && entry.instead === undefined
    return mine && place !== undefined && isOurs(present, entry) ? [{ entry, place, present }] : []
  })
  const kept = record.filter((entry) => !ours.some(({ entry: mine }) => mine === entry))
  const bare = edit(
    progress,
    ours.map(({ entry: { at }, place }) => ({ at, place, value: undefined })),
    kept
  )
  const full = applyRules(bare, circumstances, record)
  const merges = ours.map(({ entry, place, present }) => {
    return { at: entry.at, place, value: renewed(present, entry, valueAt(full.workload.object, place)) }
  })
  return edit(full, merges, full.record)
}

/** Whether the record fits beside the other annotations: the API server bounds them all together. */
function hasRoom({ metadata }: Workload, record: string): boolean {
  const others = Object.entries(metadata.annotations ?? {}).filter(([key]) => key !== injectedKey)
  const taken = others.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  return taken + injectedKey.length + Buffer.byteLength(record) <= annotationsLimit
}

/** Sums up what was done to the object as it came, with the record of it. Without room for the record nothing is done. */
function finish({ object }: Workload, { workload, record, places }: Progress): Remedied {
  const changed = new Map(
    [...places].filter(([, place]) => {
      return !sameJson(valueAt(object, place), valueAt(workload.object, place))
    })
  )
  if (changed.size === 0) return nothing
  const text = record.length === 0 ? undefined : recordText(record)
  if (record.length > 0 && (text === undefined || !hasRoom(workload, text))) return nothing
  const after = withValueAt(workload.object, recordPlace, text)
  return {
    operations: operationsBetween(object, after, [...changed.values(), recordPlace]),
    injected: record.filter(({ at }) => changed.has(at))
  }
}

/** Makes a new workload true, as far as its policies have remedies. */
export function remedyCreate(workload: Workload, circumstances: Circumstances): Remedied {
  if (refusesInjection(workload)) return nothing
  const record = injectedIn(workload)
  return finish(workload, applyRules(begin(workload, record), circumstances, record))
}

/** Kinds whose pod template no UPDATE may change. */
const frozen: ReadonlySet<string> = new Set(['Job', 'Pod'])

/**
 * On UPDATE, first puts back what was injected and the request merely omits. If the pod template is then what it was, the request does
 * not touch it, and neither do we: nothing restarts. Only a template that the request itself changes gets remedies.
 */
export function remedyUpdate(workload: Workload, old: Workload, circumstances: Circumstances): Remedied {
  if (workload.kind === 'Pod' || refusesInjection(workload)) return nothing
  const restored = restore(workload, old, circumstances.ruleset, circumstances.exemptions)
  const template = valueAt(restored.workload.object, workload.templateAt)
  const unchanged = sameJson(template, valueAt(old.object, old.templateAt))
  if (unchanged || frozen.has(workload.kind)) return finish(workload, restored)
  return finish(workload, renew(restored, circumstances))
}
