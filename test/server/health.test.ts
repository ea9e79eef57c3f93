import t from 'tap'
import { ServerState } from '../../src/server/state.ts'
import { openReplica } from './replica.ts'

void t.test('the probes say how the replica is', async (test) => {
  let reason: string | undefined
  const state = new ServerState([() => reason])
  const { probe } = await openReplica(test, { state, ready: false })
  test.strictSame(await probe('/livez'), { status: 200, text: 'ok' })
  test.strictSame(await probe('/readyz'), { status: 503, text: 'starting' })
  state.markReady()
  test.strictSame(await probe('/readyz'), { status: 200, text: 'ok' })
  reason = 'certificate expired'
  test.strictSame(await probe('/readyz'), { status: 503, text: 'certificate expired' })
  reason = undefined
  test.strictSame(await probe('/readyz'), { status: 200, text: 'ok' }, 'a reason may pass')
  state.startDraining()
  test.strictSame(await probe('/readyz'), { status: 503, text: 'draining' })
  test.strictSame(await probe('/livez'), { status: 200, text: 'ok' }, 'a draining replica is alive')
  test.strictSame(await probe('/mutate'), { status: 404, text: 'no such path' })
})
