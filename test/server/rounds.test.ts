import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Rounds } from '../../src/server/rounds.ts'

interface Cost {
  /** Of the answer; characters. */
  length?: number
  ms?: number
  /** Of the body; characters. */
  body?: number
}

interface Clock {
  ms: number
}

/** A call that notes what happens to it, and takes the time that it is told to. */
function callTo(notes: string[], name: string, { length = 1, ms = 0, body = 1 }: Cost = {}, clock: Clock = { ms: 0 }) {
  return {
    length: body,
    judge() {
      notes.push(`judge ${name}`)
      clock.ms += ms
      return length
    },
    reply() {
      notes.push(`reply ${name}`)
    },
    record() {
      notes.push(`record ${name}`)
    }
  }
}

async function roundOf(costs: readonly Cost[]): Promise<string> {
  const notes: string[] = []
  const clock: Clock = { ms: 0 }
  const rounds = new Rounds(() => clock.ms)
  for (const [index, cost] of costs.entries()) rounds.add(callTo(notes, `${index}`, cost, clock), false)
  if (notes.length > 0) throw new Error('a call was judged before the end of the turn')
  await turn()
  return notes.join(', ')
}

void t.test('calls of one turn are judged first, then answered, and then recorded, in their order', async (test) => {
  test.equal(
    await roundOf([{}, {}, {}]),
    'judge 0, judge 1, judge 2, reply 0, reply 1, reply 2, record 0, record 1, record 2'
  )
})

void t.test('an answer waits neither for long ones nor for slow ones', async (test) => {
  const half = { length: 512 * 1024 }
  test.equal(
    await roundOf([half, half, half]),
    'judge 0, judge 1, reply 0, reply 1, record 0, record 1, judge 2, reply 2, record 2',
    'a mebibyte'
  )
  test.equal(
    await roundOf([{ ms: 2 }, {}, {}]),
    'judge 0, reply 0, record 0, judge 1, judge 2, reply 1, reply 2, record 1, record 2',
    'milliseconds'
  )
})

void t.test('a call that is alone waits for nothing', async (test) => {
  const notes: string[] = []
  const rounds = new Rounds()
  rounds.add(callTo(notes, 'one'), true)
  test.equal(notes.join(', '), 'judge one, reply one, record one')
  rounds.add(callTo(notes, 'two'), false)
  rounds.add(callTo(notes, 'three'), true)
  test.equal(notes.length, 3, 'unless others wait already: then it joins them')
  await turn()
  test.equal(notes.slice(3).join(', '), 'judge two, judge three, reply two, reply three, record two, record three')
})

void t.test('a turn judges one long body, after the short ones have their answers', async (test) => {
  const notes: string[] = []
  const rounds = new Rounds()
  const add = (name: string, body: number) => rounds.add(callTo(notes, name, { body }), false)
  for (const name of ['long 1', 'long 2', 'long 3']) add(name, 64 * 1024 + 1)
  add('short 1', 64 * 1024)
  await turn()
  test.equal(
    notes.splice(0).join(', '),
    'judge short 1, reply short 1, record short 1, judge long 1, reply long 1, record long 1'
  )
  add('short 2', 1)
  await turn()
  test.equal(
    notes.splice(0).join(', '),
    'judge short 2, reply short 2, record short 2, judge long 2, reply long 2, record long 2'
  )
  await turn()
  test.equal(notes.splice(0).join(', '), 'judge long 3, reply long 3, record long 3')
  await turn()
  test.strictSame(notes, [], 'and then nothing is left')
})
