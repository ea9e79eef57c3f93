import type { Metadata } from '../kube/metadata.ts'
import { exemptPrefix, exemptUntilKey } from './api.ts'

const dayMs = 24 * 60 * 60 * 1000
const warningDays = 14

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
}

const none: Exemptions = { reasons: new Map(), remarks: [] }

/** The day as a number of milliseconds, for a real date written YYYY-MM-DD; else undefined. */
function dayOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const time = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(text) ? undefined : time
}

/** Whether the end date of an object's exemptions leaves them valid, and a remark about it. */
type Validity = { valid: boolean; remark?: string }

function validityOf(until: string | undefined, today: string): Validity {
  if (until === undefined) return { valid: true }
  const end = dayOf(until)
  if (end === undefined)
    return { valid: false, remark: `${exemptUntilKey} is not a date, so no exemption applies; write it as YYYY-MM-DD` }
  const days = Math.round((end - (dayOf(today) ?? 0)) / dayMs)
  if (days < 0) return { valid: false, remark: `its exemptions ended on ${until}, so the policies apply again` }
  if (days > warningDays) return { valid: true }
  return {
    valid: true,
    remark: `its exemptions end on ${until}, ${days === 0 ? 'today' : `in ${days} ${days === 1 ? 'day' : 'days'}`}`
  }
}

/** Why an exemption has no effect; undefined if it has one. */
function objectionTo(
  id: string,
  reason: string,
  policyIds: ReadonlySet<string>,
  rules: ExemptionRules
): string | undefined {
  if (!policyIds.has(id)) return `${exemptPrefix}${id} names no policy, so it has no effect`
  if (!rules.allowed || rules.forbidden.has(id))
    return `${exemptPrefix}${id} has no effect: exemptions from ${id} are forbidden here`
  if (reason.trim() === '') return `${exemptPrefix}${id} gives no reason, so it has no effect`
  return undefined
}

/** Reads the exemptions of an object. `today` gives a UTC date, YYYY-MM-DD; an exemption is valid through its last day. */
export function readExemptions(
  { annotations }: Metadata,
  { policyIds, rules, today }: { policyIds: ReadonlySet<string>; rules: ExemptionRules; today: () => string }
): Exemptions {
  if (annotations === undefined) return none
  const keys = Object.keys(annotations).filter((key) => key.startsWith(exemptPrefix))
  if (keys.length === 0) return none
  const validity = validityOf(
    Object.hasOwn(annotations, exemptUntilKey) ? annotations[exemptUntilKey] : undefined,
    today()
  )
  const remarks = validity.remark === undefined ? [] : [validity.remark]
  const reasons = new Map<string, string>()
  for (const key of keys) {
    const id = key.slice(exemptPrefix.length)
    const reason = annotations[key] ?? ''
    const objection = objectionTo(id, reason, policyIds, rules)
    if (objection !== undefined) remarks.push(objection)
    else if (validity.valid) reasons.set(id, reason)
  }
  return { reasons, remarks }
}
