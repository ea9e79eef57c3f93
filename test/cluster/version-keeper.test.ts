import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { VersionKeeper } from '../../src/cluster/server-version.ts'
import type { ServerVersion } from '../../src/kube/server-version.ts'

const v33 = { major: 1, minor: 33 }
const v34 = { major: 1, minor: 34 }

function keeperOf(answers: (ServerVersion | Error)[], everyMs = 3_600_000) {
  const stopping = new AbortController()
  const failures: unknown[] = []
  let asked = 0
  const read = async () => {
    asked++
    await pause(1)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer')
    return answer
  }
  const onFailure = (error: unknown) => failures.push(error)
  const keeper = new VersionKeeper({ read, signal: stopping.signal, onFailure, firstMs: 1, longestMs: 2, everyMs })
  return { keeper, failures, asked: () => asked, stop: () => stopping.abort() }
}

void t.test('it is unknown until it is said, and what was said last holds', async (test) => {
  const down = new Error('connection refused')
  const { keeper, failures, stop } = keeperOf([down, v33, down, down, v34])
  test.strictSame(keeper.version, { known: false, why: 'the API server has not said its version' })
  await keeper.ask()
  test.strictSame(keeper.version, { known: true, value: v33 })
  const again = keeper.ask()
  test.strictSame(keeper.version, { known: true, value: v33 })
  await again
  test.strictSame(keeper.version, { known: true, value: v34 })
  test.strictSame(failures, [down, down, down])
  stop()
})

void t.test('many who ask at once are one', async (test) => {
  const { keeper, asked, stop } = keeperOf([v33])
  await Promise.all([keeper.ask(), keeper.ask(), keeper.ask()])
  test.equal(asked(), 1)
  await keeper.ask()
  test.equal(asked(), 2)
  stop()
})

void t.test('it asks again by itself, until it is stopped', async (test) => {
  const { keeper, asked, stop } = keeperOf([v33, v34], 5)
  await keeper.ask()
  while (!(keeper.version.known && keeper.version.value === v34)) await pause(5)
  stop()
  await pause(20)
  const count = asked()
  await pause(40)
  test.equal(asked(), count)
  await keeper.ask()
  test.equal(asked(), count, 'nor when it is told to')
})
