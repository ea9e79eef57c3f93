import t from 'tap'
import type { ScannedMode, ScannedObject } from '../../src/commands/controller/scanned-object.ts'
import { FindingEvents } from '../../src/commands/controller/finding-events.ts'
import type { Result } from '../../src/report/report.ts'

const since = Date.parse('2026-11-30T10:00:00Z')
const minutes = (count: number): number => count * 60_000

interface Given {
  mode?: ScannedMode
  createdAt?: number | undefined
  severity?: Result['severity']
  isExempt?: boolean
}

/** A Deployment that violates these policies. */
function scanned(name: string, policies: readonly string[], given: Given = {}): ScannedObject {
  const { mode = 'enforce', createdAt = since - minutes(60), severity = 'required', isExempt = false } = given
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
  const results = policies.map((policy, index): Result => {
    const texts = { problem: 'is wrong', hedge: '', fix: 'right it', text: `deployment/${name}: [${policy}] is wrong` }
    const result = { policy, severity, object, container: '', field: `spec.f${index}`, ...texts, fixable: false }
    return isExempt ? { ...result, suppressed: { by: 'exemption', reason: 'a batch' } } : result
  })
  return { scope: { ...object, uid: name }, mode, results, createdAt, isUnprotected: false }
}

/** What is told after each scan. */
function told() {
  const events: string[] = []
  let dropped = 0
  const record = ({ type, reason, note }: { type: string; reason: string; note: string }) =>
    void events.push(`${type} ${reason} ${note}`)
  const finding = new FindingEvents({ record, onDropped: () => dropped++, since })
  const scan = (at: number, objects: readonly ScannedObject[], isWhole = true): string[] => {
    const round = finding.begin(since + minutes(at))
    for (const object of objects) round.add(object)
    round.end(isWhole)
    return events.splice(0)
  }
  return { scan, dropped: () => dropped }
}

void t.test('what appears is told, and what is gone, once', async (test) => {
  const { scan } = told()
  test.strictSame(scan(1, [scanned('web', ['a', 'b'])]), [], 'what is there at the first scan is no news')
  test.strictSame(scan(11, [scanned('web', ['b', 'c', 'c'])]), [
    'Warning RequiredFinding deployment/web: [c] is wrong (and 1 more)',
    'Normal RequiredFindingGone deployment/web: [a] is no longer violated'
  ])
  test.strictSame(scan(21, [scanned('web', ['b', 'c'])]), [])
  test.strictSame(scan(31, [scanned('web', ['b', 'c'], { severity: 'advised' })]), [
    'Normal RequiredFindingGone deployment/web: [b] is no longer required',
    'Normal RequiredFindingGone deployment/web: [c] is no longer required'
  ])
  test.strictSame(scan(41, [scanned('web', ['b'])]), ['Warning RequiredFinding deployment/web: [b] is wrong'])
  test.strictSame(scan(51, [scanned('web', ['b'], { isExempt: true })]), [
    'Normal RequiredFindingGone deployment/web: [b] is exempt now'
  ])
  test.strictSame(scan(61, []), [], 'an object that is gone has no Event')
})

void t.test('of an object that is new everything is told, of an older one that opts in nothing', async (test) => {
  const { scan } = told()
  const fresh = scanned('fresh', ['a'], { createdAt: since + minutes(0.5) })
  test.strictSame(scan(1, [scanned('old', ['a']), fresh]), ['Warning RequiredFinding deployment/fresh: [a] is wrong'])
  const later = scanned('later', ['a'], { createdAt: since + minutes(5) })
  const silent = scanned('silent', ['a'], { createdAt: undefined })
  test.strictSame(scan(11, [scanned('old', ['a']), fresh, later, silent, scanned('opted-in', ['a'])]), [
    'Warning RequiredFinding deployment/later: [a] is wrong'
  ])
})

void t.test('in audit nobody is told, and what was found there is no news in enforce', async (test) => {
  for (const mode of ['audit', 'off', 'system'] as const) {
    const { scan } = told()
    scan(1, [scanned('web', [], { mode })])
    test.strictSame(scan(11, [scanned('web', ['a'], { mode })]), [], mode)
    test.strictSame(scan(21, [scanned('web', ['a'])]), [], mode)
    test.equal(scan(31, [scanned('web', ['a', 'b'])]).length, 1, mode)
  }
})

void t.test('a scan that did not see everything tells nothing, and forgets nothing', async (test) => {
  const { scan } = told()
  scan(1, [scanned('web', ['a'])])
  test.strictSame(scan(11, [scanned('web', [])], false), [])
  test.strictSame(scan(21, [scanned('web', ['a'])]), [])
  test.equal(scan(31, [scanned('web', [])]).length, 1)
})

void t.test('of more Events than one scan may have, the rest is counted', async (test) => {
  const { scan, dropped } = told()
  const names = Array.from({ length: 1100 }, (_, index) => `w${index}`)
  scan(
    1,
    names.map((name) => scanned(name, []))
  )
  test.equal(
    scan(
      11,
      names.map((name) => scanned(name, ['a']))
    ).length,
    1000
  )
  test.equal(dropped(), 100)
})
