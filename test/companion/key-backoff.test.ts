import t from 'tap'
import { KeyBackoff } from '../../src/companion/key-backoff.ts'

function open() {
  const clock = { ms: 0 }
  return { clock, backoff: new KeyBackoff<number>({ firstMs: 100, longestMs: 1000 }, () => clock.ms) }
}

void t.test('a key is held for longer each time, up to the longest', (test) => {
  const { backoff } = open()
  for (const longest of [100, 200, 400, 800, 1000, 1000]) {
    const waitMs = backoff.hold(1)
    test.ok(waitMs >= longest / 2 && waitMs <= longest, `${waitMs} of ${longest}`)
    test.equal(backoff.waitMs(1), waitMs)
  }
  test.equal(backoff.waitMs(2), 0, 'others are not')
  test.end()
})

void t.test('a key that is left alone, or forgotten, starts again', (test) => {
  const { clock, backoff } = open()
  for (let times = 0; times < 5; times++) backoff.hold(1)
  clock.ms += 1000
  test.equal(backoff.waitMs(1), 0, 'held no longer')
  test.ok(backoff.hold(1) > 100, 'but remembered')
  clock.ms += 6000
  test.ok(backoff.hold(1) <= 100)
  backoff.hold(1)
  backoff.forget(1)
  test.equal(backoff.waitMs(1), 0)
  test.ok(backoff.hold(1) <= 100)
  test.end()
})

void t.test('the latest 10 000 keys are remembered, and one that is held again and again always', (test) => {
  const { backoff } = open()
  const first = -1
  for (let key = 0; key < 50_000; key++) {
    if (key % 5000 === 0) backoff.hold(first)
    backoff.hold(key)
  }
  test.ok(backoff.waitMs(first) >= 500, 'at its longest wait')
  for (let key = 40_000; key < 50_000; key++) if (backoff.waitMs(key) === 0) test.fail(`${key} is forgotten`)
  test.equal(backoff.waitMs(0), 0, 'memory is bounded')
  test.end()
})

/** Milliseconds for 20 000 more holds. */
function timeWith(keys: number): number {
  const { backoff } = open()
  for (let key = 0; key < keys; key++) backoff.hold(key)
  const began = performance.now()
  for (let key = keys; key < keys + 20_000; key++) backoff.hold(key)
  return performance.now() - began
}

void t.test('a hold costs the same however many keys are held', (test) => {
  timeWith(100)
  const [few, many] = [timeWith(100), timeWith(15_000)]
  // To walk all of them each time would take a thousand times as long.
  test.ok(many < few * 20 + 100, `${many} ms after ${few} ms`)
  test.end()
})
