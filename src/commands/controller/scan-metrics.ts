import { Counter, Gauge, type Registry } from 'prom-client'
import type { Result } from '../../report/report.ts'
import type { ReportCounts } from './report-keeper.ts'

/** The most series of `holdfast_findings`: those of the worst namespaces. A cluster of 300 namespaces has some thousand. */
const mostSeries = 5000

/** Counts the findings of one scan. */
export class FindingCounts {
  readonly #counts = new Map<string, Map<string, number>>()

  add({ object, policy, severity, suppressed }: Result): void {
    if (suppressed !== undefined) return
    const inNamespace = this.#counts.get(object.namespace) ?? new Map<string, number>()
    this.#counts.set(object.namespace, inNamespace)
    const key = `${policy} ${severity}`
    inNamespace.set(key, (inNamespace.get(key) ?? 0) + 1)
  }

  /** From the namespace with the most findings on. */
  *series(): Iterable<{ labels: Readonly<Record<string, string>>; count: number }> {
    const worstFirst = [...this.#counts].toSorted(([, one], [, other]) => total(other) - total(one))
    for (const [namespace, counts] of worstFirst) {
      for (const [key, count] of counts) {
        const [policy = '', severity = ''] = key.split(' ')
        yield { labels: { object_namespace: namespace, policy, severity }, count }
      }
    }
  }
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

/** What a scan came to. */
export interface ScanOutcome {
  findings: FindingCounts
  /** By the clock of the machine, in milliseconds. */
  endedAt: number
  seconds: number
  isWhole: boolean
  reports: ReportCounts
}

/** Metrics of the background scan. Names and labels are an interface: dashboards and alerts read them. */
export class ScanMetrics {
  readonly #scans: Counter
  readonly #reports: Counter
  #last: ScanOutcome | undefined
  #wholeAt: number | undefined

  /** `counting`: whether this process scans. Of several controllers, only the leader does. */
  constructor(registry: Registry, counting: () => boolean) {
    const registers = [registry]
    const last = () => (counting() ? this.#last : undefined)
    const findings: Gauge = new Gauge({
      name: 'holdfast_findings',
      help: 'Findings of the last background scan, by namespace, policy and severity. None in a controller that does not lead.',
      // Prometheus keeps `namespace` for the pod that it scrapes.
      labelNames: ['object_namespace', 'policy', 'severity'],
      registers,
      collect: (): void => {
        findings.reset()
        let series = 0
        for (const { labels, count } of last()?.findings.series() ?? []) {
          if (series++ === mostSeries) break
          findings.set(labels, count)
        }
      }
    })
    const ended: Gauge = new Gauge({
      name: 'holdfast_scan_last_success_timestamp_seconds',
      help: 'When the last background scan that saw everything ended, since the epoch.',
      registers,
      collect: (): void => {
        ended.reset()
        if (this.#wholeAt !== undefined && counting()) ended.set(this.#wholeAt / 1000)
      }
    })
    const duration: Gauge = new Gauge({
      name: 'holdfast_scan_duration_seconds',
      help: 'How long the last background scan took.',
      registers,
      collect: (): void => {
        duration.reset()
        const outcome = last()
        if (outcome !== undefined) duration.set(outcome.seconds)
      }
    })
    this.#scans = new Counter({
      name: 'holdfast_scans_total',
      help: 'Background scans by result: whole, partial (something could not be listed), or failed.',
      labelNames: ['result'],
      registers
    })
    this.#reports = new Counter({
      name: 'holdfast_report_writes_total',
      help: 'Writes of report objects by result: written, removed, or failed.',
      labelNames: ['result'],
      registers
    })
    for (const result of ['whole', 'partial', 'failed']) this.#scans.inc({ result }, 0)
    for (const result of ['written', 'removed', 'failed']) this.#reports.inc({ result }, 0)
  }

  scanned(outcome: ScanOutcome): void {
    this.#last = outcome
    if (outcome.isWhole) this.#wholeAt = outcome.endedAt
    this.#scans.inc({ result: outcome.isWhole ? 'whole' : 'partial' })
    const { written, removed, failed } = outcome.reports
    this.#reports.inc({ result: 'written' }, written)
    this.#reports.inc({ result: 'removed' }, removed)
    this.#reports.inc({ result: 'failed' }, failed)
  }

  failed(): void {
    this.#scans.inc({ result: 'failed' })
  }
}
