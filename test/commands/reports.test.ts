import t from 'tap'
import type { ReportCounts } from '../../src/commands/controller/report-keeper.ts'
import { Reports } from '../../src/commands/controller/reports.ts'
import { type ReportKind, reportKinds } from '../../src/report/report-object.ts'

const [openReports, policyReports] = reportKinds
if (openReports === undefined || policyReports === undefined) throw new Error('no kinds')
const { signal } = new AbortController()
const nothing: ReportCounts = { written: 0, removed: 0, unchanged: 0, postponed: 0, failed: 0 }

/** Reports whose keepers answer, for each kind, what they are told. */
function reportsOf(isEnabled: boolean) {
  const said: unknown[] = []
  const scanned: string[] = []
  const world = {
    served: undefined as ReportKind | undefined,
    answer: (_kind: ReportKind): ReportCounts => nothing
  }
  const reports = new Reports({
    isEnabled,
    servedKind: async () => world.served,
    buildKeeper: (kind) => ({
      scan: async (each) => {
        let offered = 0
        const isWhole = await each(() => offered++)
        scanned.push(`${kind.resource}: ${offered} offered, ${isWhole ? 'whole' : 'partial'}`)
        return world.answer(kind)
      }
    }),
    log: { warn: (...line: readonly unknown[]) => said.push(line.at(-1)) }
  })
  return { reports, world, said, scanned }
}

void t.test('reports that are off are removed from each kind, once', async (test) => {
  const { reports, world, scanned } = reportsOf(false)
  world.served = openReports
  world.answer = (kind) => ({ ...nothing, removed: kind === openReports ? 3 : 0 })
  test.equal(await reports.kept(), undefined)
  test.match(await reports.removeOthers(signal), { removed: 3, failed: 0 })
  test.strictSame(scanned, ['reports: 0 offered, whole', 'policyreports: 0 offered, whole'])
  test.match(await reports.removeOthers(signal), { removed: 0 })
  test.equal(scanned.length, 2)
})

void t.test('what could not be removed is tried again, and said once', async (test) => {
  const { reports, world, said, scanned } = reportsOf(false)
  world.answer = (kind) => {
    if (kind === policyReports) throw new Error('forbidden')
    return { ...nothing, failed: 1 }
  }
  test.match(await reports.removeOthers(signal), { failed: 1 })
  await reports.removeOthers(signal)
  test.equal(scanned.length, 4)
  test.strictSame(said, ['policyreports of ours may be left'])
  world.answer = () => nothing
  await reports.removeOthers(signal)
  await reports.removeOthers(signal)
  test.equal(scanned.length, 6)
})

void t.test('the kind is the one that is served at the time of a scan, and the other one is cleared', async (test) => {
  const { reports, world, said, scanned } = reportsOf(true)
  test.equal(await reports.kept(), undefined)
  test.equal(await reports.kept(), undefined)
  test.equal(said.length, 1, 'that none is served is said once')
  world.served = policyReports
  const first = await reports.kept()
  test.equal(first?.kind, policyReports)
  test.equal((await reports.kept())?.keeper, first?.keeper, 'it knows what it has written')
  await reports.removeOthers(signal)
  test.strictSame(scanned.splice(0), ['reports: 0 offered, whole'])
  world.served = openReports
  test.equal((await reports.kept())?.kind, openReports)
  await reports.removeOthers(signal)
  test.strictSame(scanned.splice(0), ['policyreports: 0 offered, whole'])
  world.served = policyReports
  test.not((await reports.kept())?.keeper, first?.keeper, 'it has to look anew')
  await reports.removeOthers(signal)
  test.strictSame(scanned, ['reports: 0 offered, whole'])
})
