import t, { type Test } from 'tap'
import { ReportKeeper, type ReportStore, type StoredReport } from '../../src/commands/controller/report-keeper.ts'
import { TokenBucket } from '../../src/companion/token-bucket.ts'
import { reportKinds, type ReportObject, reportObject } from '../../src/report/report-object.ts'

function reportOf(name: string, text = 'runs 1 replica', seconds = 1): ReportObject {
  const [kind] = reportKinds
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
  const result = { policy: 'min-replicas', severity: 'advised', object, container: '', field: 'spec.replicas' } as const
  const found = { ...result, problem: text, hedge: '', fix: 'set it to 2', text, fixable: false }
  const report =
    kind && reportObject(kind, { ...object, uid: `uid-of-${name}` }, { results: [found], seconds, isEnforceable: true })
  if (report === undefined) throw new Error('no report')
  return report
}

/** What the API server has, in memory. */
class Stored implements ReportStore {
  readonly reports = new Map<string, StoredReport>()
  readonly calls: string[] = []
  refuses = (_call: string): boolean => false

  async list(visit: (report: StoredReport) => void): Promise<void> {
    this.calls.push('list')
    for (const report of this.reports.values()) visit(report)
  }

  async apply(report: ReportObject): Promise<void> {
    const { namespace, name } = report.metadata
    this.#call(`apply ${name}`)
    this.reports.set(`${namespace}/${name}`, { namespace, name, report })
  }

  async remove({ namespace, name }: { namespace: string; name: string }): Promise<void> {
    this.#call(`remove ${name}`)
    this.reports.delete(`${namespace}/${name}`)
  }

  #call(call: string): void {
    this.calls.push(call)
    if (this.refuses(call)) throw new Error('refused')
  }
}

function keeperOf(test: Test, mostWrites = 100) {
  const store = new Stored()
  const failures: string[] = []
  const waits: number[] = []
  let now = 0
  const { signal } = new AbortController()
  const keeper = new ReportKeeper({
    store,
    bucket: new TokenBucket({ perSecond: 10, burst: 2 }, () => now),
    mostWrites,
    pause: async (ms) => {
      waits.push(ms)
      now += ms
    },
    onFailure: ({ name }) => failures.push(name)
  })
  const scan = async (reports: readonly ReportObject[], isWhole = true) => {
    store.calls.length = 0
    return keeper.scan(async (offer) => {
      for (const report of reports) offer(report)
      return isWhole
    }, signal)
  }
  test.strictSame(failures, [])
  return { store, failures, waits, scan }
}

void t.test(
  'a report is written once, again when it says something else, and goes with what it was about',
  async (test) => {
    const { store, scan } = keeperOf(test)
    test.match(await scan([reportOf('a'), reportOf('b')]), { written: 2, unchanged: 0, removed: 0 })
    test.match(await scan([reportOf('a', 'runs 1 replica', 99), reportOf('b')]), {
      written: 0,
      unchanged: 2,
      removed: 0
    })
    test.strictSame(store.calls, [])
    test.match(await scan([reportOf('a', 'runs no replica')]), { written: 1, unchanged: 0, removed: 1 })
    test.strictSame([...store.reports.keys()], ['shop/holdfast-uid-of-a'])
  }
)

void t.test('a second leader writes nothing that is there already', async (test) => {
  const first = keeperOf(test)
  await first.scan([reportOf('a'), reportOf('b')])
  const second = keeperOf(test)
  for (const [key, report] of first.store.reports) second.store.reports.set(key, report)
  test.match(await second.scan([reportOf('a'), reportOf('b')]), { written: 0, unchanged: 2 })
  test.strictSame(second.store.calls, ['list'])
})

void t.test('a scan that did not see everything removes nothing', async (test) => {
  const { store, scan } = keeperOf(test)
  await scan([reportOf('a'), reportOf('b')])
  test.match(await scan([reportOf('a')], false), { removed: 0 })
  test.equal(store.reports.size, 2)
  test.match(await scan([], true), { removed: 2 })
})

void t.test('what is refused is said, and tried again by the next scan', async (test) => {
  const { store, failures, scan } = keeperOf(test)
  store.refuses = (call) => call.endsWith('a')
  test.match(await scan([reportOf('a'), reportOf('b')]), { written: 1, failed: 1 })
  test.strictSame(failures, ['holdfast-uid-of-a'])
  store.refuses = () => false
  test.match(await scan([reportOf('a'), reportOf('b')]), { written: 1, unchanged: 1 })
  store.refuses = (call) => call.startsWith('remove')
  test.match(await scan([reportOf('a')]), { failed: 1, removed: 0 })
  store.refuses = () => false
  test.match(await scan([reportOf('a')]), { removed: 1 })
})

void t.test('writes keep to the rate', async (test) => {
  const { waits, scan } = keeperOf(test)
  await scan(Array.from({ length: 12 }, (_, index) => reportOf(`w${index}`)))
  test.equal(waits.length, 10)
  test.ok(waits.every((ms) => ms === 100))
})

void t.test('a report that another took away comes back', async (test) => {
  const { store, scan } = keeperOf(test)
  await scan([reportOf('a')])
  store.reports.clear()
  for (let scans = 1; scans <= 6; scans++) await scan([reportOf('a')])
  test.equal(store.reports.size, 1)
})

void t.test('one scan writes no more than fits before the next, which writes the rest', async (test) => {
  const { store, scan } = keeperOf(test, 3)
  const reports = ['a', 'b', 'c', 'd', 'e'].map((name) => reportOf(name))
  test.match(await scan(reports), { written: 3, postponed: 2, failed: 0 })
  test.match(await scan(reports), { written: 2, unchanged: 3, postponed: 0 })
  test.match(await scan([]), { removed: 3, postponed: 2 })
  test.match(await scan([]), { removed: 2, postponed: 0 })
  test.equal(store.reports.size, 0)
})
