import t from 'tap'
import { openReplica } from '../server/replica.ts'
import { faultsOf, options } from './fuzz-http.ts'
import { oddities, spoiltCalls } from './http.ts'

/** Few, and always the same: `npm run fuzz` hunts. */
const spoilt = spoiltCalls(60, 20_261_121)

void t.test('whatever a client sends, others are answered, and nothing of it stays', async (test) => {
  const replica = await openReplica(test, options)
  test.strictSame(await faultsOf(replica, [...oddities, ...spoilt]), [])
})
