import t from 'tap'
import { runOf } from './fixtures.ts'
import { plan } from './plan.ts'
import { verdicts } from './verdicts.ts'

function planOf(...only: string[]) {
  return plan({ settings: false, short: false, repetitions: 1, only })
}

void t.test('with Holdfast nothing may fail; without it something must', (test) => {
  const planned = planOf('drain-slow')
  const good = verdicts(planned, [runOf('drain-slow', 'without', 404), runOf('drain-slow', 'with', 0)])
  test.strictSame(good, [
    { holds: true, says: 'drain, listens after 2 s, without Holdfast: 404 failed' },
    { holds: true, says: 'drain, listens after 2 s, with Holdfast: 0 failed' }
  ])
  const bad = verdicts(planned, [runOf('drain-slow', 'without', 0), runOf('drain-slow', 'with', 1)])
  test.strictSame(
    bad.map(({ holds }) => holds),
    [false, false]
  )
  test.end()
})

void t.test('what was not measured does not hold', (test) => {
  test.strictSame(verdicts(planOf('drain-slow'), [runOf('drain-slow', 'without', 404)]).at(-1), {
    holds: false,
    says: 'drain, listens after 2 s, with Holdfast: not measured (0 of 1 runs)'
  })
  test.end()
})

void t.test('a remedy that is not missed when it is switched off is not proven', (test) => {
  const others = [runOf('restart-fast', 'without', 93), runOf('restart-fast', 'with', 0)]
  const holds = (noSleep: number) => {
    const runs = [...others, runOf('restart-fast', 'no-sleep', noSleep)]
    return verdicts(planOf('restart-fast'), runs).every((one) => one.holds)
  }
  test.ok(holds(147))
  test.notOk(holds(0))
  test.end()
})

void t.test('a naive application with kept connections may lose a few even so, and it is said why', (test) => {
  const without = runOf('kept-naive', 'without', 37)
  const verdict = (failed: number) =>
    verdicts(planOf('kept-naive'), [without, runOf('kept-naive', 'with', failed)]).at(-1)
  const says = 'rolling restart, kept connections, ends at once, with Holdfast: 6 failed'
  test.strictSame(verdict(6), { holds: true, says: `${says}, for it ends with requests in hand and connections open` })
  test.equal(verdict(21)?.holds, false)
  test.end()
})

void t.test('of a variant that is only looked at nothing is promised, but that it was measured', (test) => {
  const others = [runOf('restart-graceful', 'without', 93), runOf('restart-graceful', 'with', 0)]
  const holds = (...seen: number[]) => {
    const runs = [...others, ...seen.map((failed) => runOf('restart-graceful', 'no-sleep', failed))]
    return verdicts(planOf('restart-graceful'), runs).every((one) => one.holds)
  }
  test.ok(holds(0))
  test.ok(holds(12))
  test.notOk(holds())
  test.end()
})

void t.test('a client that did not send proves nothing', (test) => {
  const without = runOf('drain-slow', 'without', 404)
  const verdict = (seen: object) =>
    verdicts(planOf('drain-slow'), [without, { ...runOf('drain-slow', 'with', 0), ...seen }]).at(-1)
  test.equal(verdict({})?.holds, true)
  for (const seen of [{ sent: 0, seconds: 0 }, { sent: 1000 }, { stalledMs: 1001 }])
    test.match(verdict(seen), {
      holds: false,
      says: /with Holdfast: 0 failed, but the client itself came to a halt in 1 of them$/
    })
  test.end()
})
