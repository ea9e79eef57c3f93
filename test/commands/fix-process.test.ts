import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text as textOf } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fix } from '../../src/commands/fix.ts'
import { bareYaml, folderWith, look } from './look-here.ts'

// Each starts a process of its own: what is tested is standard input and output.
t.setTimeout(300_000)

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Runs the command in the working directory. */
function piped(input: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, 'fix', ...args], { input, encoding: 'utf8' })
}

void t.test('the fixed text of standard input goes to standard output, the rest to standard error', async (test) => {
  folderWith(test, { 'web.yaml': bareYaml() })
  const { status, stdout, stderr } = piped(bareYaml(), '-')
  test.equal(status, 0)
  test.match(stderr, '1 file to write: 4 findings mended')
  await look(fix, ['web.yaml'])
  test.equal(stdout, readFileSync('web.yaml', 'utf8'))
  test.equal(piped(stdout, '-').stdout, stdout, 'what needs nothing goes through as it is')
})

void t.test('the diff of standard input names it', (test) => {
  const { status, stdout } = piped(bareYaml(), '-', '--diff')
  test.equal(status, 1)
  test.match(stdout, /^--- a\/stdin\n\+\+\+ b\/stdin\n/)
  test.end()
})

void t.test('standard input that is closed early is no object', (test) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'fix', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8'
  })
  test.equal(status, 3)
  test.equal(stdout, '')
  test.match(stderr, /^-: error: no Kubernetes object found$/m)
  test.notMatch(stderr, /\n +at /)
  test.end()
})

void t.test('a reader that closes its end is no error', async (test) => {
  folderWith(test, {
    'web.yaml': Array.from({ length: 100 }, (_, index) => bareYaml().replaceAll('web', `web${index}`)).join('---\n')
  })
  // The report is long enough for several writes.
  for (const args of [
    ['fix', '--diff'],
    ['lint', '--format', 'json']
  ]) {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    const [stderr] = await Promise.all([textOf(child.stderr), once(child, 'close')])
    test.equal(child.exitCode, 1, args.join(' '))
    test.notMatch(stderr, /EPIPE|\n +at /, args.join(' '))
  }
})
