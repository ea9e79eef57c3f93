import t from 'tap'
import { type Phase, phaseNames } from './phases.ts'
import { ownVerdicts } from './verdicts.ts'

const good = phaseNames.map((what): Phase => {
  return { what, calls: 1500, skipped: 0, failed: 0, failures: [], slowestMs: 30, seconds: 30 }
})
const drain = 'drain of all its pods'

/** The verdict on the drain, where all else is good. */
function onDrain(seen: Partial<Phase>) {
  const all = ownVerdicts(good.map((phase) => (phase.what === drain ? { ...phase, ...seen } : phase)))
  return all[phaseNames.indexOf(drain)]
}

void t.test('each call is made, and none fails', (test) => {
  test.strictSame(
    ownVerdicts(good).map(({ holds }) => holds),
    phaseNames.map(() => true)
  )
  const says = `${drain}: 0 of 1500 admission calls failed, 50.0 a second`
  test.strictSame(onDrain({}), { holds: true, says })
  test.equal(onDrain({ calls: 1350 })?.holds, true, 'a little late is not missing')
  test.end()
})

void t.test('a failed call is one too many', (test) => {
  const says = `${drain}: 1 of 1500 admission calls failed, 50.0 a second`
  test.strictSame(onDrain({ failed: 1 }), { holds: false, says })
  test.end()
})

void t.test('a call that was not made could have failed', (test) => {
  const says = `${drain}: 0 of 1499 admission calls failed, 50.0 a second, 1 could not be made`
  test.strictSame(onDrain({ calls: 1499, skipped: 1 }), { holds: false, says })
  test.end()
})

void t.test('with fewer calls than were meant a gap goes unseen', (test) => {
  const says = `${drain}: 0 of 1340 admission calls failed, 44.7 a second`
  test.strictSame(onDrain({ calls: 1340 }), { holds: false, says })
  test.equal(onDrain({ calls: 0, seconds: 0 })?.holds, false)
  test.end()
})

void t.test('what was not measured does not hold', (test) => {
  const says = `${drain}: not measured`
  const others = good.filter(({ what }) => what !== drain)
  test.strictSame(
    ownVerdicts(others).filter(({ holds }) => !holds),
    [{ holds: false, says }]
  )
  test.strictSame(
    ownVerdicts([]),
    phaseNames.map((what) => ({ holds: false, says: `${what}: not measured` }))
  )
  test.end()
})
