import t from 'tap'
import { retry } from '../../src/cluster/api/retry.ts'

function failing(times: number): () => Promise<string> {
  let left = times
  return async () => {
    left -= 1
    if (left >= 0) throw new Error(`${left} left`)
    return 'done'
  }
}

void t.test('it tries until it works, and waits longer each time, up to a limit', async (test) => {
  const waits: number[] = []
  const messages: unknown[] = []
  const onFailure = (error: unknown, nextMs: number) => {
    messages.push(error instanceof Error ? error.message : error)
    waits.push(nextMs)
  }
  const { signal } = new AbortController()
  test.equal(await retry(failing(4), { signal, onFailure, firstMs: 8, longestMs: 16 }), 'done')
  test.strictSame(messages, ['3 left', '2 left', '1 left', '0 left'])
  const limits = [8, 16, 16, 16]
  for (const [index, limit] of limits.entries()) {
    const wait = waits[index] ?? 0
    test.ok(wait >= limit / 2 && wait <= limit, `${wait} of ${limit} ms`)
  }
})

void t.test('it ends when it is told to, in a wait and in an attempt', async (test) => {
  const waiting = new AbortController()
  const onFailure = () => waiting.abort()
  test.equal(await retry(failing(9), { signal: waiting.signal, onFailure }), undefined)

  const trying = new AbortController()
  const attempt = async () => {
    trying.abort()
    throw new Error('aborted')
  }
  test.equal(
    await retry(attempt, { signal: trying.signal, onFailure: () => test.fail('no failure to tell') }),
    undefined
  )
  test.equal(await retry(failing(0), { signal: trying.signal, onFailure }), undefined, 'it does not even begin')
})
