import type { Metadata } from '../kube/metadata.ts'

const prefix = 'holdfast.dev/exempt.'
const untilKey = 'holdfast.dev/exempt-until'
const dayMs = 24 * 60 * 60 * 1000
const noticeDays = 14

/** What the configuration allows. */
export interface ExemptionRules {
  allowed: boolean
  /** Ids of policies that nobody may be exempt from. */
  forbidden: ReadonlySet<string>
}

/** The exemptions of one object that count, by policy id, and what its owner should hear about them. */
export interface Exemptions {
  reasons: ReadonlyMap<string, string>
  notices: readonly string[]
}

const none: Exemptions = { reasons: new Map(), notices: [] }

/** The day as a number of milliseconds, for a real date written YYYY-MM-DD; else undefined. */
function dayOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const time = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(text) ? undefined : time
}

type Term = { holds: boolean; notice?: string }

function termOf(until: string | undefined, today: string): Term {
  if (until === undefined) return { holds: true }
  const end = dayOf(until)
  if (end === undefined)
    return { holds: false, notice: `${untilKey} is no date: write it as YYYY-MM-DD; until then no exemption counts` }
  const days = Math.round((end - (dayOf(today) ?? 0)) / dayMs)
  if (days < 0) return { holds: false, notice: `the exemptions ended on ${until}: the policies apply again` }
  if (days > noticeDays) return { holds: true }
  return {
    holds: true,
    notice: `the exemptions end on ${until}, ${days === 0 ? 'today' : `in ${days} ${days === 1 ? 'day' : 'days'}`}`
  }
}

function refusal(id: string, reason: string, known: ReadonlySet<string>, rules: ExemptionRules): string | undefined {
  if (!known.has(id)) return `${prefix}${id} names no policy: it has no effect`
  if (!rules.allowed || rules.forbidden.has(id))
    return `nobody may be exempt from ${id} here: ${prefix}${id} has no effect`
  if (reason.trim() === '') return `${prefix}${id} gives no reason: it has no effect`
  return undefined
}

/** Reads the exemptions of an object. `today` gives a UTC date, YYYY-MM-DD; an exemption counts through its last day. */
export function readExemptions(
  { annotations }: Metadata,
  { known, rules, today }: { known: ReadonlySet<string>; rules: ExemptionRules; today: () => string }
): Exemptions {
  if (annotations === undefined) return none
  const keys = Object.keys(annotations).filter((key) => key.startsWith(prefix))
  if (keys.length === 0) return none
  const term = termOf(Object.hasOwn(annotations, untilKey) ? annotations[untilKey] : undefined, today())
  const notices = term.notice === undefined ? [] : [term.notice]
  const reasons = new Map<string, string>()
  for (const key of keys) {
    const id = key.slice(prefix.length)
    const reason = annotations[key] ?? ''
    const refused = refusal(id, reason, known, rules)
    if (refused !== undefined) notices.push(refused)
    else if (term.holds) reasons.set(id, reason)
  }
  return { reasons, notices }
}
