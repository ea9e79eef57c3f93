import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { type BlockOptions, LineBlocks } from '../../src/commands/process/line-blocks.ts'

const options: BlockOptions = {
  blockLength: 10,
  mostHeld: 20,
  everyMs: 60_000,
  dropped: (count) => `${count} missing\n`
}

function recorder() {
  const seen: string[] = []
  const write = (block: string, written: (error?: Error) => void) => {
    if (block !== '') seen.push(block)
    written()
  }
  return { seen, writableLength: 0, write }
}

void t.test('lines go on in their order, as soon as they are a block', (test) => {
  const writer = recorder()
  const lines = new LineBlocks(writer, options)
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) lines.write(line)
  test.strictSame(writer.seen, ['one\ntwo\nthree\n'], 'the last one waits')
  lines.write('longer than a block\n')
  test.strictSame(writer.seen.slice(1), ['four\nlonger than a block\n'])
  test.end()
})

void t.test('a flush passes on what waits, once', (test) => {
  const writer = recorder()
  const lines = new LineBlocks(writer, options)
  lines.write('one\n')
  lines.flush()
  lines.flush()
  test.strictSame(writer.seen, ['one\n'])
  test.end()
})

void t.test('a line waits no longer than it is told to', async (test) => {
  const writer = recorder()
  new LineBlocks(writer, { ...options, everyMs: 10 }).write('one\n')
  await wait(100)
  test.strictSame(writer.seen, ['one\n'])
})

void t.test('what a reader is too far behind for is dropped, counted, and told of once it has caught up', (test) => {
  const writer = recorder()
  const lines = new LineBlocks(writer, options)
  writer.writableLength = 20
  lines.write('as much as may be held\n')
  test.strictSame(writer.seen.splice(0), ['as much as may be held\n'], 'the bound itself is no reason to drop')
  writer.writableLength = 21
  lines.write('one\n')
  lines.write('two too many\n')
  lines.write('three too many\n')
  test.strictSame([writer.seen, lines.dropped], [[], 3])
  writer.writableLength = 0
  lines.write('there again\n')
  lines.write('and again\n')
  test.strictSame(writer.seen, ['3 missing\nthere again\n', 'and again\n'])
  test.equal(lines.dropped, 3, 'counted for good')
  test.end()
})

void t.test('lines that could not be written are counted, and told of as soon as some can be', (test) => {
  const writer = recorder()
  let failure: Error | undefined = new Error('EPIPE')
  const write: typeof writer.write = (block, written) => (failure ? written(failure) : writer.write(block, written))
  const lines = new LineBlocks({ writableLength: 0, write }, options)
  lines.write('to nobody at all\n')
  test.strictSame([writer.seen, lines.dropped], [[], 1])
  failure = undefined
  lines.write('to somebody\n')
  test.strictSame(writer.seen, ['1 missing\nto somebody\n'])
  test.end()
})

void t.test('the end comes when all is written, or after a while', async (test) => {
  const writer = recorder()
  const lines = new LineBlocks(writer, options)
  lines.write('one\n')
  await lines.end(60_000)
  test.strictSame(writer.seen, ['one\n'])
  const stuck = new LineBlocks({ writableLength: 0, write: () => undefined }, options)
  const since = performance.now()
  await stuck.end(50)
  test.ok(performance.now() - since >= 49)
})
