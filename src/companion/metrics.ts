import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import { companionStates } from './state.ts'

const writes = ['create', 'update', 'remove'] as const
export type Write = (typeof writes)[number]

export const eventResults = ['written', 'failed', 'dropped'] as const
export type EventResult = (typeof eventResults)[number]

/** What the controller counts. Names and labels are an interface: dashboards and alerts read them. */
export class CompanionMetrics {
  readonly registry = new Registry()
  /** Workloads by the state of their companion; asked, as the others are, when somebody scrapes. Nothing unless this process leads. */
  states: () => ReadonlyMap<string, number> = () => new Map()
  queueDepth: () => number = () => 0
  leading: () => boolean = () => false
  readonly #writes: Counter
  readonly #errors: Counter
  readonly #events: Counter

  constructor() {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
    this.#gaugeStates()
    this.#gaugeQueue()
    this.#gauge('leader', '1 in the controller that holds the Lease, 0 in the others.', () => Number(this.leading()))
    this.#writes = new Counter({
      name: 'holdfast_companion_writes_total',
      help: 'Writes of companions, by action.',
      labelNames: ['action'],
      registers
    })
    this.#errors = new Counter({
      name: 'holdfast_reconcile_errors_total',
      help: 'Failed attempts to bring a companion up to date. Holdfast retries each.',
      registers
    })
    this.#events = new Counter({
      name: 'holdfast_companion_events_total',
      help: 'Events about companions and repairs, by result.',
      labelNames: ['result'],
      registers
    })
    // A series that first appears with its first event hides that event from `rate()`.
    for (const action of writes) this.#writes.inc({ action }, 0)
    for (const result of eventResults) this.#events.inc({ result }, 0)
  }

  wrote(action: Write): void {
    this.#writes.inc({ action })
  }

  failed(): void {
    this.#errors.inc()
  }

  recorded(result: EventResult): void {
    this.#events.inc({ result })
  }

  #gauge(name: string, help: string, value: () => number): void {
    const collect = (): void => gauge.set(value())
    const gauge: Gauge = new Gauge({ name: `holdfast_${name}`, help, registers: [this.registry], collect })
  }

  /** By the name that client-go has for it, which dashboards know. */
  #gaugeQueue(): void {
    const gauge: Gauge = new Gauge({
      name: 'workqueue_depth',
      help: 'Workloads whose companion waits to be planned or written, or is being written.',
      labelNames: ['name'],
      registers: [this.registry],
      collect: (): void => gauge.set({ name: 'holdfast-companions' }, this.queueDepth())
    })
  }

  #gaugeStates(): void {
    const gauge: Gauge = new Gauge({
      name: 'holdfast_companions',
      help: 'Workloads by the state of their companion. All are 0 in a controller that does not lead.',
      labelNames: ['state'],
      registers: [this.registry],
      collect: (): void => {
        const states = this.states()
        for (const state of companionStates) gauge.set({ state }, states.get(state) ?? 0)
      }
    })
  }
}
