import { sameJson, valueAt } from '../kube/json.ts'
import type { Workload } from '../kube/workload.ts'
import { contextOf } from './evaluate.ts'
import type { Exemptions } from './exemption.ts'
import type { Facts } from './facts.ts'
import { type Injected, injectedKey, recordOf, recordText, tokensOf } from './injected.ts'
import { addTo, type Draft, type Operation, replaceIn } from './patch.ts'
import type { Injection } from './policy.ts'
import { advance, begin, type Progress } from './progress.ts'
import { restore } from './restore.ts'
import type { Rule, Ruleset } from './ruleset.ts'

/** What is to be done to a workload: the operations, and what they put in or put back. */
export interface Remedied {
  operations: readonly Operation[]
  injected: readonly Injected[]
}

const injectKey = 'holdfast.dev/inject'
const annotationsLimit = 256 * 1024
const nothing: Remedied = { operations: [], injected: [] }

/** Whether the workload's own annotation keeps remedies away from it. */
export function refusesInjection({ metadata }: Workload): boolean {
  const { annotations = {} } = metadata
  return Object.hasOwn(annotations, injectKey) && annotations[injectKey] === 'disabled'
}

/** One injection into the draft; undefined where its container is gone or something else stands in its place. */
function inject(draft: Draft, { podSpec, templateAt }: Workload, { at, value, instead }: Injection): Draft | undefined {
  const tokens = tokensOf(podSpec, at)
  if (tokens === undefined) return undefined
  const place = [...templateAt, 'spec', ...tokens]
  const present = valueAt(draft.object, place)
  if (present === undefined) return addTo(draft, place, value)
  return present === instead ? replaceIn(draft, place, value) : undefined
}

/** All injections of one rule. */
function injectAll(progress: Progress, { policy }: Rule, injections: readonly Injection[], ruleset: Ruleset): Progress {
  const { workload, operations, record } = progress
  let draft: Draft = { object: workload.object, operations }
  const entries: Injected[] = []
  for (const injection of injections) {
    if (!ruleset.mayInject(policy.id, injection.at)) throw new Error(`${policy.id} may not inject ${injection.at}`)
    const next = inject(draft, workload, injection)
    if (next === undefined) continue
    draft = next
    entries.push({ policy: policy.id, ...injection })
  }
  const places = new Set(entries.map(({ at }) => at))
  const merged = [...record.filter(({ at }) => !places.has(at)), ...entries]
  return entries.length === 0 ? progress : advance(progress, draft, merged, entries)
}

/** Whether the record fits beside the other annotations: the API server bounds them all together. */
function hasRoom({ metadata }: Workload, record: string): boolean {
  const others = Object.entries(metadata.annotations ?? {}).filter(([key]) => key !== injectedKey)
  const taken = others.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  return taken + injectedKey.length + Buffer.byteLength(record) <= annotationsLimit
}

function applyRules(start: Progress, facts: Facts, ruleset: Ruleset, exemptions: Exemptions): Progress {
  let progress = start
  for (const rule of ruleset.rulesFor(start.workload.kind)) {
    if (rule.policy.remedy === undefined || exemptions.reasons.has(rule.policy.id)) continue
    const context = contextOf(rule, progress.workload, facts)
    if (rule.policy.check(context).length === 0) continue
    progress = injectAll(progress, rule, rule.policy.remedy(context), ruleset)
  }
  return progress
}

/** Writes the record, where it says something new, and sums up. Without room for the record nothing is done. */
function finish({ workload, operations, record, touched }: Progress): Remedied {
  if (operations.length === 0) return nothing
  const text = recordText(record)
  if (text === undefined || !hasRoom(workload, text)) return nothing
  const place = ['metadata', 'annotations', injectedKey]
  const present = valueAt(workload.object, place)
  const draft: Draft = { object: workload.object, operations }
  if (present === text) return { operations, injected: touched }
  const write = present === undefined ? addTo : replaceIn
  return { operations: write(draft, place, text).operations, injected: touched }
}

/** Makes a new workload true, as far as its policies have remedies. */
export function remedyCreate(workload: Workload, facts: Facts, ruleset: Ruleset, exemptions: Exemptions): Remedied {
  if (refusesInjection(workload)) return nothing
  return finish(applyRules(begin(workload, recordOf(workload.metadata)), facts, ruleset, exemptions))
}

/** Kinds whose pod template no UPDATE may change. */
const frozen: ReadonlySet<string> = new Set(['Job', 'Pod'])

/**
 * On UPDATE, first puts back what was injected and the request merely omits. If the pod template is then what it was, the request does
 * not touch it, and neither do we: nothing restarts. Only a template that the request itself changes gets remedies.
 */
export function remedyUpdate(
  workload: Workload,
  old: Workload,
  facts: Facts,
  ruleset: Ruleset,
  exemptions: Exemptions
): Remedied {
  if (workload.kind === 'Pod' || refusesInjection(workload)) return nothing
  const restored = restore(workload, old, ruleset, exemptions)
  const template = valueAt(restored.workload.object, workload.templateAt)
  const unchanged = sameJson(template, valueAt(old.object, old.templateAt))
  if (unchanged || frozen.has(workload.kind)) return finish(restored)
  return finish(applyRules(restored, facts, ruleset, exemptions))
}
