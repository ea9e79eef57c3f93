import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { LineBlocks } from '../../src/commands/process/line-blocks.ts'

function recorder() {
  const seen: string[] = []
  return { seen, write: (block: string) => seen.push(block), flushSync: () => void seen.push('flushed') }
}

void t.test('lines go on in their order, as soon as they are a block', (test) => {
  const writer = recorder()
  const lines = new LineBlocks(writer, 10, 60_000)
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) lines.write(line)
  test.strictSame(writer.seen, ['one\ntwo\nthree\n'], 'the last one waits')
  lines.write('longer than a block\n')
  test.strictSame(writer.seen.slice(1), ['four\nlonger than a block\n'])
  test.end()
})

void t.test('a flush writes what waits before the writer is flushed, and once', (test) => {
  const writer = recorder()
  const lines = new LineBlocks(writer, 100, 60_000)
  lines.write('one\n')
  lines.flushSync()
  lines.flushSync()
  test.strictSame(writer.seen, ['one\n', 'flushed', 'flushed'])
  test.end()
})

void t.test('a line waits no longer than it is told to', async (test) => {
  const writer = recorder()
  new LineBlocks(writer, 100, 10).write('one\n')
  await wait(100)
  test.strictSame(writer.seen, ['one\n'])
})
