import { valueAt, type Token } from './json.ts'
import { isObject } from './shape.ts'

const lastApplied = ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration']

/** Whether a person wrote a field, as far as the object shows it. */
export type Provenance = 'written' | 'defaulted' | 'unknown'

/** What a client-side apply sent last, where the object shows it. */
export function lastAppliedIn(object: unknown): unknown {
  const text = valueAt(object, lastApplied)
  if (typeof text !== 'string') return undefined
  try {
    const applied: unknown = JSON.parse(text)
    return applied
  } catch {
    return undefined // an annotation that anyone may write: unreadable means that it shows nothing
  }
}

function inLastApplied(object: unknown, tokens: readonly Token[]): boolean | undefined {
  const applied = lastAppliedIn(object)
  return isObject(applied) ? valueAt(applied, tokens) !== undefined : undefined
}

/** The managers whose fields are just what they applied. */
export function applyManagers(object: unknown): Record<string, unknown>[] {
  return managers(object).filter((manager) => manager['operation'] === 'Apply')
}

function managers(object: unknown): Record<string, unknown>[] {
  const entries = valueAt(object, ['metadata', 'managedFields'])
  return Array.isArray(entries) ? entries.filter(isObject) : []
}

function owns(manager: Record<string, unknown>, tokens: readonly Token[]): boolean {
  const field = tokens.map((token) => `f:${token}`)
  return valueAt(manager['fieldsV1'], field) !== undefined
}

/** Whether a manager's fields come of applying a manifest. A client-side apply is an Update, and shows by its annotation what it sent. */
function isApply(manager: Record<string, unknown>, applied: boolean | undefined): boolean {
  return (
    manager['operation'] === 'Apply' || (applied !== undefined && manager['manager'] === 'kubectl-client-side-apply')
  )
}

/** Whether a manifest that was applied states the field, by either way of applying. */
export function isApplied(object: unknown, tokens: readonly Token[]): boolean {
  if (applyManagers(object).some((manager) => owns(manager, tokens))) return true
  const text = valueAt(object, lastApplied)
  // Reading a manifest takes time; one that does not even hold the name of the field need not be read.
  return typeof text === 'string' && text.includes(String(tokens.at(-1))) && inLastApplied(object, tokens) === true
}

/**
 * Tells a written value from one that the API server filled in. Objects arrive defaulted, so only two things show it: the annotation of
 * a client-side apply, and managedFields, where an Apply manager lists just what its user sent, while an Update manager lists the
 * defaults too, and whatever was written since. `tokens` are field names only: list items cannot be told apart here.
 */
export function provenanceOf(object: unknown, tokens: readonly Token[]): Provenance {
  if (valueAt(object, tokens) === undefined) return 'defaulted'
  const all = managers(object)
  const applied = inLastApplied(object, tokens)
  if (applied === true || all.some((manager) => manager['operation'] === 'Apply' && owns(manager, tokens)))
    return 'written'
  const owners = all.filter((manager) => owns(manager, tokens) && !isApply(manager, applied))
  if (owners.length > 0) return 'unknown'
  return applied === false || all.some((manager) => isApply(manager, applied)) ? 'defaulted' : 'unknown'
}

/** How a value was stated: by a manifest that is applied, again and again, or by somebody who wrote the object, once. */
export type Statement = 'client-side apply' | 'server-side apply' | 'update'

/**
 * How the value of a field was stated, where somebody stated it. What is written by way of the scale subresource states nothing: it is
 * how autoscalers write. Of an update it cannot be told whether the value is a default.
 */
export function statementOf(object: unknown, tokens: readonly Token[]): Statement | undefined {
  const owners = managers(object).filter((manager) => manager['subresource'] !== 'scale' && owns(manager, tokens))
  if (owners.some((manager) => manager['operation'] === 'Apply')) return 'server-side apply'
  const applied = inLastApplied(object, tokens)
  if (applied === true) return 'client-side apply'
  return owners.some((manager) => !isApply(manager, applied)) ? 'update' : undefined
}
