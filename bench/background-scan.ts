import { setTimeout as pause } from 'node:timers/promises'
import type { Api } from '../src/cluster/api/api.ts'
import type { ControlPlane } from '../test/support/control-plane.ts'
import { controllerUser } from '../test/support/cluster-rights.ts'
import { openReportKind } from '../test/support/report-kinds.ts'
import { median } from './median.ts'
import { cpuMicroseconds, residentMiB } from './proc.ts'
import { type Started, start } from './started.ts'

export interface Figure {
  what: string
  value: string
}

export interface ScanBench {
  controlPlane: ControlPlane
  /** Of an administrator. */
  api: Api
  bundle: string
}

/** The interval of a scan by default, in seconds. */
const intervalSeconds = 600
const scansMeasured = 3
const fillSeconds = 60

/** What a controller does in a while. */
interface Watched {
  cpuSeconds: number
  /** In MiB. */
  peak: number
  settled: number
}

/**
 * Measures the background scan beside the same controller without it, all companions being there already: the CPU time of a scan, its
 * share of a core over the default interval, memory; and how reports are first written, and what the API server says meanwhile.
 */
export async function measureScan(bench: ScanBench): Promise<Figure[]> {
  const grant = [
    'create',
    'clusterrolebinding',
    'bench',
    '--clusterrole=cluster-admin',
    `--user=${controllerUser.name}`
  ]
  await bench.controlPlane.kubectl(grant)
  const alone = await watched(bench, {}, (controller) => seconds(controller, 60))
  const scan = { HOLDFAST_SCAN_ENABLED: 'true', HOLDFAST_SCAN_INTERVAL_MINUTES: '1' }
  const durations: number[] = []
  const scanning = await watched(bench, scan, (controller) => scans(controller, durations))
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  await bench.api.send({ method: 'POST', path, body: openReportKind })
  const calm = await latencies(bench.api, fillSeconds)
  const everything = {
    HOLDFAST_SCAN_ENABLED: 'true',
    HOLDFAST_SCAN_EVENTS: 'true',
    HOLDFAST_SCAN_PAGE: 'true',
    HOLDFAST_REPORTS_ENABLED: 'true'
  }
  let written = 0
  let filling: readonly number[] = []
  let pageKiB = 0
  const reporting = await watched(bench, everything, async (controller) => {
    await untilScans(controller, 1)
    const before = await countReports(bench.api)
    filling = await latencies(bench.api, fillSeconds)
    written = (await countReports(bench.api)) - before
    pageKiB = await sizeOfPage(controller)
  })
  const cpu = (scanning.cpuSeconds - alone.cpuSeconds * (scansMeasured + 0.1)) / scansMeasured
  const share = ((cpu / intervalSeconds) * 100).toFixed(2)
  return [
    { what: 'without a scan: resident at most, and after', value: memory(alone) },
    { what: 'without a scan: CPU in a minute', value: `${alone.cpuSeconds.toFixed(2)} s` },
    { what: 'scan: how long it takes', value: `${median(durations).toFixed(1)} s` },
    { what: 'scan: CPU', value: `${cpu.toFixed(1)} s, ${share} % of a core over 10 minutes` },
    { what: 'scan: resident at most, and after', value: memory(scanning) },
    { what: 'with reports, Events and the page: resident at most, and after', value: memory(reporting) },
    { what: 'the page, uncompressed', value: `${pageKiB} KiB` },
    { what: 'reports written in the first minute', value: `${written}` },
    { what: 'a GET of the API server before, p50 and p99', value: latencyText(calm) },
    { what: 'a GET of the API server meanwhile, p50 and p99', value: latencyText(filling) }
  ]
}

function memory({ peak, settled }: Watched): string {
  return `${peak.toFixed(0)} MiB, ${settled.toFixed(0)} MiB`
}

type Environment = Readonly<Record<string, string>>

/** Starts a controller that has its companions already, and watches it through its work. */
async function watched(
  { controlPlane, bundle }: ScanBench,
  environment: Environment,
  work: (controller: Started) => Promise<void>
): Promise<Watched> {
  const args = ['--kubeconfig', controlPlane.kubeconfigOf(controllerUser.name)]
  const controller = await start({ bundle, command: 'controller', args, environment })
  const { pid } = controller.server
  // It plans for each workload once, whether or not it scans.
  await pause(15_000)
  const before = cpuMicroseconds(pid)
  let peak = 0
  const timer = setInterval(() => (peak = Math.max(peak, residentMiB(pid))), 100)
  try {
    await work(controller)
  } finally {
    clearInterval(timer)
  }
  const cpuSeconds = (cpuMicroseconds(pid) - before) / 1_000_000
  await pause(5000)
  const settled = residentMiB(pid)
  await controller.server.stop()
  return { cpuSeconds, peak, settled }
}

async function seconds({ server }: Started, count: number): Promise<void> {
  await pause(count * 1000)
  const failure = server.failure()
  if (failure !== undefined) throw new Error(failure)
}

async function scans(controller: Started, durations: number[]): Promise<void> {
  for (let count = 1; count <= scansMeasured; count++) {
    // oxlint-disable-next-line no-await-in-loop -- one scan after the other
    durations.push(await untilScans(controller, count))
  }
}

/** Waits until so many scans have ended, and gives how long the last one took, in seconds. */
async function untilScans({ server, healthPort }: Started, count: number): Promise<number> {
  for (;;) {
    const failure = server.failure()
    if (failure !== undefined) throw new Error(failure)
    const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text()
    const valueOf = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.slice(series.length)
      )
    if (valueOf('holdfast_scans_total{result="whole"}') >= count) return valueOf('holdfast_scan_duration_seconds')
    await pause(500)
  }
}

async function countReports(api: Api): Promise<number> {
  const list = await api.send({ path: '/apis/openreports.io/v1alpha1/reports', query: { limit: '1' } })
  const { items, metadata } = list as { items: unknown[]; metadata: { remainingItemCount?: number } }
  return items.length + (metadata.remainingItemCount ?? 0)
}

/** How long a small GET takes, ten times a second; in milliseconds. */
async function latencies(api: Api, forSeconds: number): Promise<readonly number[]> {
  const all: number[] = []
  const end = performance.now() + forSeconds * 1000
  while (performance.now() < end) {
    const began = performance.now()
    await api.send({ path: '/api/v1/namespaces/team-0' })
    all.push(performance.now() - began)
    await pause(100)
  }
  return all.toSorted((one, other) => one - other)
}

function latencyText(sorted: readonly number[]): string {
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(1)
  return `${at(0.5)} ms, ${at(0.99)} ms`
}

async function sizeOfPage({ healthPort }: Started): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${healthPort}/report`)).text()
  return Math.round(text.length / 1024)
}
