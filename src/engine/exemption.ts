import type { Metadata } from '../kube/metadata.ts'
import { exemptPrefix, exemptUntilKey } from './api.ts'
import { didYouMean, mostNear } from './nearest.ts'

const dayMs = 24 * 60 * 60 * 1000
/** How many days before their end exemptions are warned about. */
export const warningDays = 14

/** What the configuration allows. */
export interface ExemptionRules {
  allowed: boolean
  /** Ids of policies that no object may be exempt from. */
  forbidden: ReadonlySet<string>
}

/** The valid exemptions of one object, by policy id, and remarks about them for its owner. */
export interface Exemptions {
  reasons: ReadonlyMap<string, string>
  remarks: readonly string[]
  /** The last day of exemptions that have ended. */
  ended?: string
}

const none: Exemptions = { reasons: new Map(), remarks: [] }

/** The day as a number of milliseconds, for a real date written YYYY-MM-DD; else undefined. */
function dayOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const time = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(text) ? undefined : time
}

/** Whether a text is a day on which exemptions may end. */
export function isDay(text: string): boolean {
  return dayOf(text) !== undefined
}

/** The days from today to the last day; undefined if that is no date. */
function daysUntil(until: string, today: string): number | undefined {
  const end = dayOf(until)
  return end === undefined ? undefined : Math.round((end - (dayOf(today) ?? 0)) / dayMs)
}

/** Whether the end date of an object's exemptions leaves them valid, and a remark about it. */
type Validity = { valid: boolean; remark?: string; ended?: string }

function validityOf(until: string | undefined, today: string): Validity {
  if (until === undefined) return { valid: true }
  const days = daysUntil(until, today)
  if (days === undefined)
    return { valid: false, remark: `${exemptUntilKey} is not a date, so no exemption applies; write it as YYYY-MM-DD` }
  if (days < 0)
    return { valid: false, remark: `its exemptions ended on ${until}, so the policies apply again`, ended: until }
  if (days > warningDays) return { valid: true }
  return {
    valid: true,
    remark: `its exemptions end on ${until}, ${days === 0 ? 'today' : `in ${days} ${days === 1 ? 'day' : 'days'}`}`
  }
}

/** A character that a reader sees: no space, no control or format character, no combining mark, no filler, no blank Braille pattern. */
const visible = /[^\s\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u

/** Whether a text gives a reason that a reader sees. */
export function isReason(text: string): boolean {
  return visible.test(text)
}

/** Why an exemption has no effect; undefined if it has one. */
function objectionTo(id: string, reason: string, { policyIds, rules }: ExemptionContext): string | undefined {
  if (!policyIds.has(id)) return `${exemptPrefix}${id} names no policy, so it has no effect`
  if (!rules.allowed || rules.forbidden.has(id))
    return `${exemptPrefix}${id} has no effect: exemptions from ${id} are forbidden here`
  if (!isReason(reason)) return `${exemptPrefix}${id} gives no reason, so it has no effect`
  return undefined
}

/** The context in which exemptions are read. `today` gives a UTC date, YYYY-MM-DD; an exemption is valid through its last day. */
export interface ExemptionContext {
  policyIds: ReadonlySet<string>
  rules: ExemptionRules
  today: () => string
}

/** Reads the exemptions of an object. */
export function readExemptions({ annotations }: Metadata, context: ExemptionContext): Exemptions {
  const keys = exemptionKeys(annotations)
  if (annotations === undefined || keys.length === 0) return none
  const validity = validityOf(untilOf(annotations), context.today())
  const remarks = validity.remark === undefined ? [] : [validity.remark]
  const { policyIds } = context
  const reasons = new Map<string, string>()
  for (const key of keys) {
    const id = key.slice(exemptPrefix.length)
    const reason = annotations[key] ?? ''
    const objection = objectionTo(id, reason, context)
    // A hostile object may have thousands, of which the first few are said.
    const near = policyIds.has(id) || remarks.length >= mostNear ? '' : didYouMean(id, [...policyIds])
    if (objection !== undefined) remarks.push(`${objection}${near}`)
    else if (validity.valid) reasons.set(id, reason)
  }
  return { reasons, remarks, ...(validity.ended !== undefined && { ended: validity.ended }) }
}

/** What reports list of exemptions that have ended; undefined if none have. */
export function endedText({ ended }: Exemptions): string | undefined {
  return ended === undefined ? undefined : `its exemptions ended on ${ended}`
}

/** The exemptions of an object that have or had an effect, and their end. */
export interface Terms {
  policies: readonly string[]
  /** Until the last day, negative after it; undefined without an end date. */
  daysLeft: number | undefined
}

/** Reads until when the exemptions of an object are valid; undefined if there are none, or if their end is no date. */
export function readTerms({ annotations }: Metadata, context: ExemptionContext): Terms | undefined {
  const keys = exemptionKeys(annotations)
  if (annotations === undefined || keys.length === 0) return undefined
  const until = untilOf(annotations)
  const daysLeft = until === undefined ? undefined : daysUntil(until, context.today())
  if (until !== undefined && daysLeft === undefined) return undefined
  const policies = keys.flatMap((key) => {
    const id = key.slice(exemptPrefix.length)
    return objectionTo(id, annotations[key] ?? '', context) === undefined ? [id] : []
  })
  return policies.length === 0 ? undefined : { policies, daysLeft }
}

function exemptionKeys(annotations: Metadata['annotations']): string[] {
  const keys: string[] = []
  for (const key in annotations) if (key.startsWith(exemptPrefix)) keys.push(key)
  return keys
}

function untilOf(annotations: Readonly<Record<string, string>>): string | undefined {
  return Object.hasOwn(annotations, exemptUntilKey) ? annotations[exemptUntilKey] : undefined
}
