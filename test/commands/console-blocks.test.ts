import t from 'tap'
import { consoleBlocks, isShown } from '../support/console-blocks.ts'

const output = 'a\nb\nc\nd\n'

void t.test('an output is shown with gaps where the page has them', (test) => {
  const shown = ['a b c d', '… b …', '… d', 'a … c …', '… a … d']
  for (const lines of shown) test.equal(isShown(output, lines.split(' ')), true, lines)
  const wrong = ['a b', 'b …', '… b', 'a … x …', '… c … b …', 'a c d', '… b c', 'a b c d e']
  for (const lines of wrong) test.equal(isShown(output, lines.split(' ')), false, lines)
  test.end()
})

void t.test('a block is a command, its output, and its exit code if the page asks for it', (test) => {
  const page = 'Text\n```console\n$ holdfast scan -n shop\na\n…\n$ echo $?\n3\n```\n```sh\n$ holdfast lint\n```\n'
  test.strictSame(consoleBlocks(page), [{ args: ['scan', '-n', 'shop'], lines: ['a', '…'], status: 3 }])
  test.end()
})
