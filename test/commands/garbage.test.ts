import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { buildCollectGarbage } from '../../src/commands/process/garbage.ts'

void t.test('what nobody holds is gone at once', async (test) => {
  const collect = buildCollectGarbage()
  const held = { text: 'held' }
  const references = [new WeakRef(held), new WeakRef({ text: 'let go' })]
  await turn()
  collect()
  test.strictSame(
    references.map((reference) => reference.deref()?.text),
    ['held', undefined]
  )
})
