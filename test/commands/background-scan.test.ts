import { Registry } from 'prom-client'
import t from 'tap'
import {
  type BackgroundScanOptions,
  type ScannedObject,
  scanInBackground
} from '../../src/commands/controller/background-scan.ts'
import { ScanMetrics } from '../../src/commands/controller/scan-metrics.ts'
import type { KeptReports } from '../../src/commands/controller/reports.ts'
import { reportKinds } from '../../src/report/report-object.ts'
import type { Result } from '../../src/report/report.ts'

function scanned(name: string, severity: Result['severity'], namespace = 'shop'): ScannedObject {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
  const result = { policy: 'min-replicas', severity, object, container: '', field: 'spec.replicas' } as const
  const texts = { problem: 'runs 1 replica', hedge: '', fix: 'set it to 2', text: 'runs 1 replica' }
  return { scope: { ...object, uid: `uid-of-${name}` }, results: [{ ...result, ...texts, fixable: false }] }
}

const nothing = { written: 0, removed: 0, unchanged: 0, failed: 0 }

interface World extends Pick<BackgroundScanOptions, 'scan'>, Partial<Pick<BackgroundScanOptions, 'reports'>> {
  /** How many scans are made. */
  scans: number
}

const noReports = { kept: async () => undefined, removeOthers: async () => nothing }

async function run({ scan, scans, reports = noReports }: World) {
  const registry = new Registry()
  let leads = true
  const metrics = new ScanMetrics(registry, () => leads)
  const stop = new AbortController()
  const pauses: number[] = []
  const said: unknown[] = []
  let now = 1_000_000
  await scanInBackground(
    {
      scan,
      reports,
      metrics,
      intervalMs: 600_000,
      random: () => 0.5,
      now: () => (now += 1000),
      pause: async (ms) => {
        pauses.push(ms)
        if (pauses.length > scans) stop.abort()
      },
      log: {
        info: (...line: readonly unknown[]) => said.push(line.at(-1)),
        warn: (...line: readonly unknown[]) => said.push(line.at(-1))
      }
    },
    stop.signal
  )
  const value = async (name: string) => {
    const text = await registry.getSingleMetricAsString(name)
    return text.split('\n').filter((line) => !line.startsWith('#') && line !== '')
  }
  return { pauses, said, value, loseTheLead: () => (leads = false) }
}

void t.test('it scans soon after the start, then at the interval, and counts what is found', async (test) => {
  const { pauses, said, value, loseTheLead } = await run({
    scans: 2,
    scan: async (visit) => {
      visit(scanned('a', 'required'))
      visit(scanned('b', 'advised'))
      visit(scanned('c', 'advised', 'pay'))
      return []
    }
  })
  test.strictSame(pauses, [60_000, 600_000, 600_000])
  test.strictSame(said, ['scanned', 'scanned'])
  test.strictSame(await value('holdfast_findings'), [
    'holdfast_findings{object_namespace="shop",policy="min-replicas",severity="required"} 1',
    'holdfast_findings{object_namespace="shop",policy="min-replicas",severity="advised"} 1',
    'holdfast_findings{object_namespace="pay",policy="min-replicas",severity="advised"} 1'
  ])
  test.match(await value('holdfast_scans_total'), ['holdfast_scans_total{result="whole"} 2'])
  test.match(await value('holdfast_scan_last_success_timestamp_seconds'), [/ 1004$/])
  loseTheLead()
  test.strictSame(await value('holdfast_findings'), [])
})

void t.test('what is exempt is not counted', async (test) => {
  const { value } = await run({
    scans: 1,
    scan: async (visit) => {
      const { scope, results } = scanned('a', 'required')
      visit({
        scope,
        results: results.map((result) => ({ ...result, suppressed: { by: 'exemption', reason: 'a batch' } }))
      })
      return []
    }
  })
  test.strictSame(await value('holdfast_findings'), [])
})

void t.test('a scan that fails, or sees a part alone, is counted and said, and the next one comes', async (test) => {
  let scans = 0
  const { said, value } = await run({
    scans: 3,
    scan: async () => {
      scans++
      if (scans === 1) throw new Error('no connection')
      return scans === 2 ? ['services: forbidden'] : []
    }
  })
  test.strictSame(said, ['the background scan failed', 'scanned, but not everything', 'scanned'])
  test.strictSame(await value('holdfast_scans_total'), [
    'holdfast_scans_total{result="whole"} 1',
    'holdfast_scans_total{result="partial"} 1',
    'holdfast_scans_total{result="failed"} 1'
  ])
})

void t.test('what has findings is reported, and both kinds of removal are counted', async (test) => {
  const [kind] = reportKinds
  if (kind === undefined) throw new Error('no kinds')
  const offered: string[] = []
  const keeper: KeptReports['keeper'] = {
    scan: async (each) => {
      test.equal(await each(({ kind: of, scope }) => offered.push(`${of} ${scope.name}`)), true)
      return { ...nothing, written: 1, removed: 2 }
    }
  }
  const { value } = await run({
    scans: 1,
    scan: async (visit) => {
      visit(scanned('a', 'required'))
      visit({ ...scanned('b', 'required'), results: [] })
      return []
    },
    reports: { kept: async () => ({ kind, keeper }), removeOthers: async () => ({ ...nothing, removed: 3, failed: 1 }) }
  })
  test.strictSame(offered, ['Report a'])
  test.strictSame(await value('holdfast_report_writes_total'), [
    'holdfast_report_writes_total{result="written"} 1',
    'holdfast_report_writes_total{result="removed"} 5',
    'holdfast_report_writes_total{result="failed"} 1'
  ])
})
