import type { FindingEvent } from '../../companion/event.ts'
import type { Result } from '../../report/report.ts'
import type { ScannedMode, ScannedObject } from './scanned-object.ts'

/** By how much the clocks of this machine and of the API server may differ. */
const clockSkewMs = 60_000
/** The most Events of one scan. The recorder takes no more at once. */
const mostEvents = 1000

export interface FindingEventsOptions {
  record: (event: FindingEvent) => void
  /** Called for each Event beyond the bound. */
  onDropped: () => void
  /** When this process began to lead, in milliseconds since the epoch. */
  since: number
}

/** The Events of one scan, which are recorded when it has ended. */
export interface EventsOfScan {
  add: (scanned: ScannedObject) => void
  end: (isWhole: boolean) => void
}

/**
 * Tells the owner of an object which required findings have appeared and which are gone since the scan before. What is there at the first
 * scan, or when a namespace opts in, is no news, unless the object itself is new. A scan that did not see everything tells nothing: what
 * it does not know looks as if it were gone.
 */
export class FindingEvents {
  readonly #options: FindingEventsOptions
  /** The policies that each object violated at the last whole scan, by its uid. */
  #known: ReadonlyMap<string, string> = new Map()
  /** What was created later is new. */
  #newSince: number

  constructor(options: FindingEventsOptions) {
    this.#options = options
    this.#newSince = options.since
  }

  /** Begins a scan; `began` in milliseconds since the epoch. */
  begin(began: number): EventsOfScan {
    const { record, onDropped } = this.#options
    const seen = new Map<string, string>()
    const events: FindingEvent[] = []
    let dropped = 0
    return {
      add: (scanned) => {
        const policies = requiredOf(scanned.results)
        seen.set(scanned.scope.uid, policies.join(' '))
        if (!isTold(scanned.mode)) return
        const before = this.#before(scanned)
        if (before === undefined) return
        for (const event of eventsOf(scanned, { before, policies })) {
          if (events.length < mostEvents) events.push(event)
          else dropped++
        }
      },
      end: (isWhole) => {
        if (!isWhole) return
        this.#known = seen
        this.#newSince = began
        for (const event of events) record(event)
        for (let count = 0; count < dropped; count++) onDropped()
      }
    }
  }

  /** The policies that it violated before; undefined if that is not known. */
  #before({ scope, createdAt }: ScannedObject): readonly string[] | undefined {
    const known = this.#known.get(scope.uid)
    if (known !== undefined) return known === '' ? [] : known.split(' ')
    const isNew = createdAt !== undefined && createdAt >= this.#newSince - clockSkewMs
    return isNew ? [] : undefined
  }
}

/** In `audit` nobody is told, and nobody who has not opted in. */
function isTold(mode: ScannedMode): boolean {
  return mode === 'warn' || mode === 'enforce'
}

function requiredOf(results: readonly Result[]): readonly string[] {
  return [...new Set(results.filter(isRequired).map(({ policy }) => policy))]
}

function isRequired({ severity, suppressed }: Result): boolean {
  return severity === 'required' && suppressed === undefined
}

interface Change {
  before: readonly string[]
  policies: readonly string[]
}

function* eventsOf({ scope, results }: ScannedObject, { before, policies }: Change): Iterable<FindingEvent> {
  for (const policy of policies.filter((one) => !before.includes(one))) {
    const [first, ...others] = results.filter((result) => result.policy === policy && isRequired(result))
    if (first === undefined) continue
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`
    yield { regarding: scope, type: 'Warning', reason: 'RequiredFinding', note: `${first.text}${more}` }
  }
  for (const policy of before.filter((one) => !policies.includes(one))) {
    const note = `${scope.kind.toLowerCase()}/${scope.name}: [${policy}] ${goneText(results, policy)}`
    yield { regarding: scope, type: 'Normal', reason: 'RequiredFindingGone', note }
  }
}

function goneText(results: readonly Result[], policy: string): string {
  const left = results.filter((result) => result.policy === policy)
  if (left.length === 0) return 'is no longer violated'
  if (left.every(({ suppressed }) => suppressed !== undefined)) return 'is exempt now'
  return 'is no longer required'
}
