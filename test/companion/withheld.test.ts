import t from 'tap'
import { Withheld } from '../../src/companion/withheld.ts'

const minute = 60_000

void t.test('a companion is tried again, each time later, and at least every two hours', (test) => {
  let now = 0
  const withheld = new Withheld(() => now)
  test.equal(withheld.why('u-web'), undefined)
  const waits = Array.from({ length: 10 }, () => {
    withheld.hold('u-web', 'no scale')
    const waitMs = withheld.waitMs('u-web')
    test.equal(withheld.why('u-web'), 'no scale')
    now += waitMs - 1
    test.equal(withheld.why('u-web'), 'no scale')
    now += 1
    test.equal(withheld.why('u-web'), undefined)
    return waitMs / minute
  })
  for (const [times, minutes] of waits.entries()) {
    const longest = Math.min(2 ** times, 120)
    test.ok(minutes >= longest / 2 && minutes <= longest, `${minutes} of ${longest} minutes`)
  }
  test.end()
})

void t.test('the owner of the workload may ask for the next try at once', (test) => {
  const withheld = new Withheld(() => 0)
  withheld.hold('u-web', 'no scale')
  withheld.forget('u-web')
  test.equal(withheld.why('u-web'), undefined)
  test.equal(withheld.waitMs('u-web'), 0)
  test.end()
})

void t.test('another workload of the same name is another', (test) => {
  const withheld = new Withheld(() => 0)
  withheld.hold('u-old', 'no scale')
  test.equal(withheld.why('u-new'), undefined)
  test.end()
})
