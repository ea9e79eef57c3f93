import t from 'tap'
import { Turns } from '../../src/companion/turns.ts'

/** By the part before the dash. */
const turns = () => new Turns<string>((key) => key.split('-')[0] ?? '')

function drain(waiting: Turns<string>): string[] {
  const due: string[] = []
  while (waiting.size > 0) {
    const key = waiting.next()
    if (key !== undefined) due.push(key)
  }
  return due
}

function* crowd(count: number): Iterable<string> {
  for (let number = 0; number < count; number++) yield `crowd-${number}`
}

void t.test('a group with thousands of keys delays another by a step', (test) => {
  const waiting = turns()
  for (const key of crowd(4000)) waiting.add(key)
  waiting.next()
  waiting.add('shop-web')
  test.strictSame([waiting.next(), waiting.next()], ['crowd-1', 'shop-web'])
  test.equal(waiting.size, 3998)
  test.end()
})

void t.test('so does one whose keys are yet to be found', (test) => {
  const waiting = turns()
  let found = 0
  const counted = function* () {
    for (const key of crowd(4000)) {
      found++
      yield key
    }
  }
  waiting.feed('crowd', counted())
  waiting.feed('crowd', counted())
  test.equal(found, 0, 'nobody has looked yet')
  waiting.add('shop-web')
  waiting.next()
  test.ok(found < 100, `${found} are found in a step`)
  test.equal(waiting.next(), 'shop-web')
  test.strictSame(drain(waiting), [...crowd(4000)], 'those that are found twice are due once, in their order')
  test.end()
})

void t.test('keys of all groups may be drawn from one feed', (test) => {
  const waiting = turns()
  waiting.feed('', ['shop-web', 'crowd-1', 'crowd-2', 'bank-api', 'shop-web'])
  test.strictSame(drain(waiting), ['shop-web', 'crowd-1', 'bank-api', 'crowd-2'])
  test.equal(waiting.next(), undefined)
  waiting.add('shop-web')
  waiting.feed('crowd', crowd(9))
  waiting.clear()
  test.strictSame(drain(waiting), [])
  test.end()
})

void t.test('a key may be taken out before it is due', (test) => {
  const waiting = turns()
  for (const key of ['shop-web', 'crowd-1', 'crowd-2']) waiting.add(key)
  for (const key of ['shop-web', 'crowd-2', 'bank-api']) waiting.delete(key)
  test.equal(waiting.size, 1)
  test.equal(waiting.next(), 'crowd-1', 'the turn of its group goes with its last key')
  test.end()
})
