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
    says: 'drain, listens after 2 s, with Holdfast: nothing failed (0 of 1 runs)'
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

void t.test('a naive application with kept connections may lose some even so', (test) => {
  const runs = [runOf('kept-naive', 'without', 37), runOf('kept-naive', 'with', 6)]
  test.ok(verdicts(planOf('kept-naive'), runs).every(({ holds }) => holds))
  test.end()
})
