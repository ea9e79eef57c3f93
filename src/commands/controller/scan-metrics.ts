import { Counter, Gauge, type Registry } from 'prom-client'
import { type EventResult, eventResults } from '../../companion/metrics.ts'
import type { ScannedMode, ScannedObject } from './scanned-object.ts'
import type { ReportCounts } from './report-keeper.ts'

/** The most series of `holdfast_findings`: those of the worst namespaces. A cluster of 300 namespaces has some thousand. */
const mostSeries = 5000

type Labels = Readonly<Record<string, string>>

interface InNamespace {
  mode: ScannedMode
  findings: Map<string, number>
  unprotected: number
}

/** Counts the findings of one scan. */
export class FindingCounts {
  readonly #namespaces = new Map<string, InNamespace>()

  add({ scope: { namespace }, mode, results, isUnprotected }: ScannedObject): void {
    const counts = this.#namespaces.get(namespace) ?? { mode, findings: new Map<string, number>(), unprotected: 0 }
    this.#namespaces.set(namespace, counts)
    if (isUnprotected) counts.unprotected++
    for (const { policy, severity, suppressed } of results) {
      if (suppressed !== undefined) continue
      const key = `${policy} ${severity}`
      counts.findings.set(key, (counts.findings.get(key) ?? 0) + 1)
    }
  }

  /** Findings by policy and severity, from the namespace with the most of them on. */
  *findings(): Iterable<{ labels: Labels; count: number }> {
    const worstFirst = [...this.#namespaces].toSorted(([, one], [, other]) => total(other) - total(one))
    for (const [namespace, { mode, findings }] of worstFirst) {
      for (const [key, count] of findings) {
        const [policy = '', severity = ''] = key.split(' ')
        yield { labels: { object_namespace: namespace, mode, policy, severity }, count }
      }
    }
  }

  /** Workloads without protection, from the namespace with the most of them on. */
  *unprotected(): Iterable<{ labels: Labels; count: number }> {
    const worstFirst = [...this.#namespaces].toSorted(([, one], [, other]) => other.unprotected - one.unprotected)
    for (const [namespace, { mode, unprotected }] of worstFirst) {
      yield { labels: { object_namespace: namespace, mode }, count: unprotected }
    }
  }
}

function total({ findings }: InNamespace): number {
  return [...findings.values()].reduce((sum, count) => sum + count, 0)
}

/** What a scan came to. */
export interface ScanOutcome {
  findings: FindingCounts
  /** By the clock of the machine, in milliseconds. */
  endedAt: number
  seconds: number
  isWhole: boolean
}

const reportResults = ['written', 'removed', 'postponed', 'failed'] as const

/** Metrics of the background scan. Names and labels are an interface: dashboards and alerts read them. */
export class ScanMetrics {
  readonly #scans: Counter
  readonly #reports: Counter
  readonly #events: Counter
  #last: ScanOutcome | undefined
  #wholeAt: number | undefined

  /** `counting`: whether this process scans. Of several controllers, only the leader does. */
  constructor(registry: Registry, counting: () => boolean) {
    const registers = [registry]
    const last = () => (counting() ? this.#last : undefined)
    // Prometheus keeps `namespace` for the pod that it scrapes.
    gaugeSeries(registry, {
      name: 'holdfast_findings',
      help: 'Findings of the last background scan, by namespace, its mode, policy and severity. None in a controller that does not lead.',
      labelNames: ['object_namespace', 'mode', 'policy', 'severity'],
      series: () => last()?.findings.findings()
    })
    gaugeSeries(registry, {
      name: 'holdfast_unprotected_workloads',
      help: 'Deployments and StatefulSets that may run two pods or more, and that no budget protects, by namespace and its mode.',
      labelNames: ['object_namespace', 'mode'],
      series: () => last()?.findings.unprotected()
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
      help: 'How long the last background scan took, without the writing of reports.',
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
      help: 'Writes of report objects by result: written, removed, postponed to the next scan, or failed.',
      labelNames: ['result'],
      registers
    })
    this.#events = new Counter({
      name: 'holdfast_scan_events_total',
      help: 'Events about required findings, by whether they were written.',
      labelNames: ['result'],
      registers
    })
    for (const result of ['whole', 'partial', 'failed']) this.#scans.inc({ result }, 0)
    for (const result of reportResults) this.#reports.inc({ result }, 0)
    for (const result of eventResults) this.#events.inc({ result }, 0)
  }

  scanned(outcome: ScanOutcome): void {
    this.#last = outcome
    if (outcome.isWhole) this.#wholeAt = outcome.endedAt
    this.#scans.inc({ result: outcome.isWhole ? 'whole' : 'partial' })
  }

  reported(counts: ReportCounts): void {
    for (const result of reportResults) this.#reports.inc({ result }, counts[result])
  }

  recorded(result: EventResult): void {
    this.#events.inc({ result })
  }

  failed(): void {
    this.#scans.inc({ result: 'failed' })
  }
}

interface Series {
  name: string
  help: string
  labelNames: readonly string[]
  /** The worst first; undefined: none. */
  series: () => Iterable<{ labels: Labels; count: number }> | undefined
}

/** A gauge of the last scan, read at each scrape. */
function gaugeSeries(registry: Registry, { name, help, labelNames, series }: Series): void {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect: (): void => {
      gauge.reset()
      let count = 0
      for (const { labels, count: value } of series() ?? []) {
        if (count++ === mostSeries) break
        gauge.set(labels, value)
      }
    }
  })
}
