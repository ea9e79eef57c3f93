import { Registry } from 'prom-client'
import t from 'tap'
import { type BackgroundScanOptions, scanInBackground } from '../../src/commands/controller/background-scan.ts'
import type { ScannedMode, ScannedObject } from '../../src/commands/controller/scanned-object.ts'
import { ReportKeeper, type ReportStore, type StoredReport } from '../../src/commands/controller/report-keeper.ts'
import { type KeptReports, Reports } from '../../src/commands/controller/reports.ts'
import { FindingEvents } from '../../src/commands/controller/finding-events.ts'
import { ScanMetrics } from '../../src/commands/controller/scan-metrics.ts'
import { TokenBucket } from '../../src/companion/token-bucket.ts'
import { fileVersion } from '../../src/engine/api.ts'
import { reportKinds } from '../../src/report/report-object.ts'
import type { Report, Result } from '../../src/report/report.ts'
import { summaryOf } from '../../src/report/summary.ts'

interface About {
  namespace?: string
  mode?: ScannedMode
  isUnprotected?: boolean
}

function scanned(name: string, severity: Result['severity'], about: About = {}): ScannedObject {
  const { namespace = 'shop', mode = 'enforce', isUnprotected = false } = about
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
  const result = { policy: 'min-replicas', severity, object, container: '', field: 'spec.replicas' } as const
  const texts = { problem: 'runs 1 replica', hedge: '', fix: 'set it to 2', text: 'runs 1 replica' }
  const results = [{ ...result, ...texts, fixable: false }]
  return { scope: { ...object, uid: `uid-of-${name}` }, mode, results, createdAt: 0, isUnprotected }
}

const nothing = { written: 0, removed: 0, unchanged: 0, postponed: 0, failed: 0 }
const whole = { problems: [] }

interface World extends Partial<BackgroundScanOptions> {
  scan: BackgroundScanOptions['scan']
  /** How many scans are made. */
  scans: number
}

const noReports = { kept: async () => undefined, removeOthers: async () => nothing }

async function run({ scan, scans, ...given }: World) {
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
      reports: noReports,
      metrics,
      events: undefined,
      show: async () => {},
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
      },
      ...given
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
      visit(scanned('a', 'required', { isUnprotected: true }))
      visit(scanned('b', 'advised'))
      visit(scanned('c', 'advised', { namespace: 'kube-system', mode: 'system' }))
      return whole
    }
  })
  test.strictSame(pauses, [60_000, 597_000, 597_000], 'an interval begins with its scan')
  test.strictSame(said, ['scanned', 'scanned'])
  test.strictSame(await value('holdfast_findings'), [
    'holdfast_findings{object_namespace="shop",mode="enforce",policy="min-replicas",severity="required"} 1',
    'holdfast_findings{object_namespace="shop",mode="enforce",policy="min-replicas",severity="advised"} 1',
    'holdfast_findings{object_namespace="kube-system",mode="system",policy="min-replicas",severity="advised"} 1'
  ])
  test.strictSame(await value('holdfast_unprotected_workloads'), [
    'holdfast_unprotected_workloads{object_namespace="shop",mode="enforce"} 1',
    'holdfast_unprotected_workloads{object_namespace="kube-system",mode="system"} 0'
  ])
  test.match(await value('holdfast_scans_total'), ['holdfast_scans_total{result="whole"} 2'])
  test.match(await value('holdfast_scan_last_success_timestamp_seconds'), [/ 1007$/])
  loseTheLead()
  test.strictSame(await value('holdfast_findings'), [])
  test.strictSame(await value('holdfast_unprotected_workloads'), [])
})

void t.test('what is exempt is not counted', async (test) => {
  const { value } = await run({
    scans: 1,
    scan: async (visit) => {
      const { results, ...object } = scanned('a', 'required')
      visit({
        ...object,
        results: results.map((result) => ({ ...result, suppressed: { by: 'exemption', reason: 'a batch' } }))
      })
      return whole
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
      return scans === 2 ? { problems: ['services: forbidden'] } : whole
    }
  })
  test.strictSame(said, ['the background scan failed', 'scanned, but not everything', 'scanned'])
  test.strictSame(await value('holdfast_scans_total'), [
    'holdfast_scans_total{result="whole"} 1',
    'holdfast_scans_total{result="partial"} 1',
    'holdfast_scans_total{result="failed"} 1'
  ])
})

const [kind] = reportKinds
if (kind === undefined) throw new Error('no kinds')

void t.test('what has findings is reported, and both kinds of removal are counted', async (test) => {
  const offered: string[] = []
  const keeper: KeptReports['keeper'] = {
    scan: async (each) => {
      test.equal(await each(({ kind: of, scope }) => offered.push(`${of} ${scope.name}`)), true)
      return { ...nothing, written: 1, removed: 2 }
    }
  }
  const { value, said } = await run({
    scans: 1,
    scan: async (visit) => {
      visit(scanned('a', 'required'))
      visit({ ...scanned('b', 'required'), results: [] })
      return whole
    },
    reports: { kept: async () => ({ kind, keeper }), removeOthers: async () => ({ ...nothing, removed: 3, failed: 1 }) }
  })
  test.strictSame(offered, ['Report a'])
  test.strictSame(said, ['scanned', 'reported'])
  test.strictSame(await value('holdfast_report_writes_total'), [
    'holdfast_report_writes_total{result="written"} 1',
    'holdfast_report_writes_total{result="removed"} 5',
    'holdfast_report_writes_total{result="postponed"} 0',
    'holdfast_report_writes_total{result="failed"} 1'
  ])
})

void t.test('findings are counted and shown before a report is written', async (test) => {
  const order: string[] = []
  const keeper: KeptReports['keeper'] = {
    scan: async (each) => {
      await each(() => {})
      order.push('written')
      return nothing
    }
  }
  const summary = summaryOf([], { files: 0, objects: 1 })
  const about = { apiVersion: fileVersion, kind: 'Report', command: 'scan', version: '0', summary } as const
  const report: Report = { ...about, results: [], incomplete: [], stale: [] }
  await run({
    scans: 1,
    scan: async () => ({ ...whole, report }),
    reports: { ...noReports, kept: async () => ({ kind, keeper }) },
    metrics: {
      scanned: () => order.push('counted'),
      reported: () => order.push('writes counted'),
      failed: () => order.push('failed')
    },
    show: async (shown) => void order.push(shown === report ? 'shown' : 'something else')
  })
  test.strictSame(order, ['counted', 'shown', 'written', 'writes counted'])
})

void t.test('reports that cannot be kept do not keep findings from being counted', async (test) => {
  const failures: (() => BackgroundScanOptions['reports'])[] = [
    () => ({
      ...noReports,
      kept: async () => {
        throw new Error('503')
      }
    }),
    () => ({
      ...noReports,
      kept: async () => ({
        kind,
        keeper: {
          scan: async () => {
            throw new Error('forbidden')
          }
        }
      })
    })
  ]
  for (const reports of failures) {
    const { value, said } = await run({
      scans: 1,
      scan: async (visit) => {
        visit(scanned('a', 'required'))
        return whole
      },
      reports: reports()
    })
    test.equal((await value('holdfast_findings')).length, 1)
    test.strictSame(said, ['the reports are not up to date', 'scanned'])
    test.match(await value('holdfast_scans_total'), ['holdfast_scans_total{result="whole"} 1'])
  }
})

/** The reports of an API server, and how often somebody writes one. */
class Served implements ReportStore {
  readonly reports = new Map<string, StoredReport>()
  writes = 0
  lists = 0

  async list(visit: (report: StoredReport) => void): Promise<void> {
    this.lists++
    for (const report of this.reports.values()) visit(report)
  }

  async apply(report: Parameters<ReportStore['apply']>[0]): Promise<void> {
    const { namespace, name } = report.metadata
    this.writes++
    this.reports.set(`${namespace}/${name}`, { namespace, name, report })
  }

  async remove({ namespace, name }: { namespace: string; name: string }): Promise<void> {
    this.writes++
    this.reports.delete(`${namespace}/${name}`)
  }
}

void t.test(
  'in a quiet hour nothing is written: not after reports are read again, nor by another leader',
  async (test) => {
    const store = new Served()
    const events: string[] = []
    const record = ({ note }: { note: string }) => void events.push(note)
    /** A process that leads for so many scans. */
    const lead = async (scans: number) => {
      const { signal } = new AbortController()
      const reports = new Reports({
        isEnabled: true,
        servedKind: async () => kind,
        buildKeeper: (of) =>
          new ReportKeeper({
            store: of === kind ? store : new Served(),
            bucket: new TokenBucket({ perSecond: 1000, burst: 1000 }, () => 0),
            mostWrites: 1000,
            pause: async () => signal.throwIfAborted(),
            onFailure: (_, error) => test.fail(String(error))
          }),
        log: { warn: () => test.fail('nothing is to be said') }
      })
      await run({
        scans,
        reports,
        events: new FindingEvents({ record, onDropped: () => {}, since: 1_000_000 }),
        scan: async (visit) => {
          for (let index = 0; index < 100; index++)
            visit(scanned(`w${index}`, index % 2 === 0 ? 'required' : 'advised'))
          return whole
        }
      })
    }
    await lead(1)
    test.equal(store.writes, 100, 'the first scan writes them')
    store.writes = 0
    await lead(7)
    test.equal(store.lists, 3, 'the second leader has read them twice')
    await lead(6)
    test.equal(store.lists, 4, 'and a third one')
    test.equal(store.writes, 0)
    test.strictSame(events, [])
  }
)
