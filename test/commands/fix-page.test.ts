import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { fix, fixFlags } from '../../src/commands/fix.ts'
import { blockIn } from '../contract/pages.ts'
import { textOf } from '../contract/tree.ts'
import { folderWith, look } from './look-here.ts'

const page = textOf('docs/fix.md')
const manifest = blockIn(page, 'yaml') ?? ''

void t.test('the page shows what the command prints, and git applies it', async (test) => {
  folderWith(test, { 'web.yaml': manifest })
  const { stdout, stderr } = await look(fix, ['--diff', 'web.yaml'])
  test.equal(stdout, blockIn(page, 'diff'))
  test.equal(stderr, blockIn(page, 'text'))
  execFileSync('git', ['init', '--quiet'])
  execFileSync('git', ['apply', '-'], { input: stdout })
  const applied = readFileSync('web.yaml', 'utf8')
  test.equal((await look(fix, [])).stdout.split('\n').at(-2), 'nothing to write: 1 left')
  test.equal(readFileSync('web.yaml', 'utf8'), applied)
})

const commands = [...page.matchAll(/^\| `holdfast fix([^`]*)` +\|/gm)].map(([, args = '']) =>
  args.replace(/ \\\|.*| <.*/, '').trim()
)

void t.test('the page has eight commands', (test) => {
  test.equal(commands.length, 8)
  test.end()
})

// The processes of other tests show that it reads standard input.
for (const command of commands.filter((args) => args !== '-')) {
  void t.test(`holdfast fix ${command} runs`, async (test) => {
    folderWith(test, { 'web.yaml': manifest, 'deploy/other.yaml': manifest.replaceAll('web', 'other') })
    const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word = '']) => quoted ?? word)
    const { status, stderr } = await look(fix, args)
    test.ok(status === 0 || status === 1, stderr)
  })
}

void t.test('every flag of the page is one', (test) => {
  const flags = new Set(fixFlags.map(({ name }) => name))
  for (const [, name = ''] of page.matchAll(/--([a-z][a-z-]+)/g)) test.ok(flags.has(name), name)
  test.end()
})
