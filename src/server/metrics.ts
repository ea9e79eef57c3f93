import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { DecisionRecord, Endpoint } from '../admission/answer.ts'
import { modes } from '../engine/api.ts'
import type { PolicyVerdict } from '../engine/evaluate.ts'
import { NamespaceNames } from './namespace-names.ts'
import { collectProcessMetrics } from './process-metrics.ts'
import { Tally } from './tally.ts'

export const endpoints: readonly Endpoint[] = ['mutate', ...modes, 'labels']

const judged = ['allow', 'deny', 'patch', 'ignored'] as const
const outcomes = [...judged, 'invalid', 'unavailable', 'error'] as const
/** How a call ended. `invalid` is answered 4xx, `unavailable` 503, `error` 500. */
export type Outcome = (typeof outcomes)[number]

const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const perCall = ['endpoint', 'outcome']
/** Prometheus keeps `namespace` for the pod that it scrapes. */
const place = 'object_namespace'

/** What this process counts. Names and labels are an interface: dashboards and alerts read them. */
export class Metrics {
  readonly registry = new Registry()
  /** How many calls are open; asked when somebody scrapes. */
  inFlight: () => number = () => 0
  /** Lines of the log that nobody will read; asked when somebody scrapes. */
  linesDropped: () => number = () => 0
  readonly #calls = new Tally()
  readonly #verdicts = new Tally()
  /** The count of each verdict, by the object: every call has the same objects for the verdicts of a policy. */
  readonly #verdictCounts = perEndpoint(() => new WeakMap<PolicyVerdict, Tally>())
  readonly #injections = new Tally()
  readonly #violations = new Tally()
  readonly #denials = new Tally()
  readonly #dryRuns = new Tally()
  readonly #namespaces: NamespaceNames
  readonly #durations: ReadonlyMap<Endpoint, { observe(value: number): void }>
  readonly #issued: Gauge
  readonly #expiry: Gauge
  readonly #reloads: Counter

  /** The most namespaces that counts name; the others are counted together. With 0, no count names one. */
  constructor({ mostNamespaces }: { mostNamespaces: number }) {
    this.#namespaces = new NamespaceNames(mostNamespaces)
    const registers = [this.registry]
    collectProcessMetrics(this.registry)
    this.#count('admission_calls_total', 'Calls by outcome, without dry runs.', perCall, this.#calls)
    this.#count('admission_dry_runs_total', 'Dry runs by outcome. No other metric counts them.', perCall, this.#dryRuns)
    this.#count('policy_verdicts_total', 'Verdicts of policies.', ['policy', 'mode', 'verdict'], this.#verdicts)
    this.#count('injections_total', 'Policies that a patch satisfied.', [place, 'policy'], this.#injections)
    const perViolation = [place, 'policy', 'severity', 'mode']
    this.#count('violations_total', 'Policies that an object violated.', perViolation, this.#violations)
    this.#count('denials_total', 'Policies that a call was denied for.', [place, 'policy'], this.#denials)
    this.#countLinesDropped()
    this.#durations = this.#timeCalls()
    this.#gaugeInFlight()
    this.#issued = new Gauge({
      name: 'holdfast_certificate_issued_timestamp_seconds',
      help: 'Start of the validity of the serving certificate, in seconds since the epoch.',
      registers
    })
    this.#expiry = new Gauge({
      name: 'holdfast_certificate_expiry_timestamp_seconds',
      help: 'Expiry of the serving certificate, in seconds since the epoch.',
      registers
    })
    this.#reloads = new Counter({
      name: 'holdfast_certificate_reloads_total',
      help: 'Changes of the certificate files, by result.',
      labelNames: ['result'],
      registers
    })
    this.#startAtZero()
  }

  decided(record: DecisionRecord, ms: number): void {
    const { endpoint, verdict } = record
    this.#durations.get(endpoint)?.observe(ms / 1000)
    if (record.dryRun) this.#dryRuns.of(endpoint).of(verdict).count++
    else this.#changed(record)
  }

  #changed({ endpoint, verdict, verdicts, findings, denied, patched, namespace }: DecisionRecord): void {
    this.ended(endpoint, verdict)
    this.#countVerdicts(endpoint, verdicts)
    if (findings.length === 0 && patched.length === 0) return
    const name = this.#namespaces.nameFor(namespace)
    let last = ''
    // A policy counts once, however many fields of the object are at fault. Its findings come one after the other.
    for (const { policy, severity } of findings) {
      if (policy !== last) this.#violations.of(name).of(policy).of(severity).of(endpoint).count++
      last = policy
    }
    for (const policy of denied) this.#denials.of(name).of(policy).count++
    for (const policy of patched) this.#injections.of(name).of(policy).count++
  }

  #countVerdicts(endpoint: Endpoint, verdicts: readonly PolicyVerdict[]): void {
    const counts = this.#verdictCounts[endpoint]
    for (const one of verdicts) {
      let count = counts.get(one)
      if (count === undefined) counts.set(one, (count = this.#verdicts.of(one.policy).of(endpoint).of(one.verdict)))
      count.count++
    }
  }

  ended(endpoint: Endpoint, outcome: Outcome): void {
    this.#calls.of(endpoint).of(outcome).count++
  }

  certificateServed({ notBefore, notAfter }: { notBefore: Date; notAfter: Date }): void {
    this.#issued.set(notBefore.getTime() / 1000)
    this.#expiry.set(notAfter.getTime() / 1000)
  }

  certificateReload(result: 'loaded' | 'refused'): void {
    this.#reloads.inc({ result })
  }

  #count(name: string, help: string, labelNames: string[], tally: Tally): void {
    const counter = new Counter({
      name: `holdfast_${name}`,
      help,
      labelNames,
      registers: [this.registry],
      collect: () => {
        counter.reset()
        for (const { labels, count } of tally.counts()) counter.labels(...labels).inc(count)
      }
    })
  }

  #countLinesDropped(): void {
    const counter: Counter = new Counter({
      name: 'holdfast_log_lines_dropped_total',
      help: 'Log lines that were dropped because stdout was not read fast enough.',
      registers: [this.registry],
      collect: (): void => {
        counter.reset()
        counter.inc(this.linesDropped())
      }
    })
  }

  #timeCalls(): ReadonlyMap<Endpoint, { observe(value: number): void }> {
    const durations = new Histogram({
      name: 'holdfast_admission_duration_seconds',
      help: 'Seconds from the headers of a judged call to its reply.',
      labelNames: ['endpoint'],
      buckets: seconds,
      registers: [this.registry]
    })
    return new Map(endpoints.map((endpoint) => [endpoint, durations.labels(endpoint)]))
  }

  #gaugeInFlight(): void {
    const gauge: Gauge = new Gauge({
      name: 'holdfast_admission_in_flight',
      help: 'Calls in progress.',
      registers: [this.registry],
      collect: (): void => gauge.set(this.inFlight())
    })
  }

  /** A series that first appears with its first event hides that event from `rate()`. */
  #startAtZero(): void {
    for (const endpoint of endpoints) {
      for (const outcome of outcomes) this.#calls.of(endpoint).of(outcome)
      for (const outcome of judged) this.#dryRuns.of(endpoint).of(outcome)
    }
    this.#reloads.inc({ result: 'loaded' }, 0)
    this.#reloads.inc({ result: 'refused' }, 0)
  }
}

function perEndpoint<T>(build: () => T): Readonly<Record<Endpoint, T>> {
  return { mutate: build(), audit: build(), warn: build(), enforce: build(), labels: build() }
}
