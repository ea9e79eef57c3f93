import { spawnSync } from 'node:child_process'
import t, { type Test } from 'tap'

const script = new URL('../../scripts/test.ts', import.meta.url).pathname
const passing = "import t from 'tap'\nt.ok(true)\nt.test('below', async (t) => { t.ok(true); t.ok(true) })\n"
const failing = "import t from 'tap'\nt.test('sums', async (t) => t.equal(1 + 1, 3))\n"
const skipping = "import t from 'tap'\nt.ok(true)\nt.ok(true, 'later', { skip: true })\n"
const lying = "import t from 'tap'\nt.ok(true)\nconsole.log('# { total: 99, pass: 99 }\\n99 passed, 0 failed')\n"
const hanging =
  "import t from 'tap'\nt.ok(true)\nt.test('waits', () => new Promise(() => setInterval(() => {}, 1000)))\n"

function run(
  test: Test,
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
  more: readonly string[] = []
) {
  const cwd = test.testdir({ 'package.json': '{ "type": "module" }', ...files })
  const outside = Object.entries(process.env).filter(([name]) => !name.startsWith('TAP') && name !== 'CI')
  const env = { ...Object.fromEntries(outside), ...environment }
  const args = [script, ...Object.keys(files).filter((name) => name.endsWith('.test.ts')), ...more]
  const { status, stdout } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' })
  return { status, stdout, last: stdout.trimEnd().split('\n').at(-1) }
}

void t.test('counts what passed, and shows nothing else of it', async (test) => {
  const { status, stdout } = run(test, { 'a.test.ts': passing, 'b.test.ts': passing })
  test.match(stdout, /^ok [ab]\.test\.ts: 2 passed in \d+\.\d s\nok [ab]\.test\.ts: .*\n4 passed, 0 failed\n$/)
  test.equal(status, 0)
})

void t.test('shows what a file that failed said, and lists what failed', async (test) => {
  const { status, stdout, last } = run(test, { 'a.test.ts': passing, 'b.test.ts': failing })
  test.strictSame({ status, last }, { status: 1, last: '2 passed, 1 failed' })
  test.match(stdout, /compare: ===/)
  test.match(stdout, /\nnot ok b\.test\.ts: 0 passed, 1 failed \(exit code 1\) in .* s\n/)
  test.match(stdout, /\n\nnot ok b\.test\.ts > sums\n2 passed, 1 failed\n$/)
})

void t.test('a file that does not load has failed', async (test) => {
  const { status, stdout } = run(test, { 'a.test.ts': "throw new Error('no')\n", 'b.test.ts': passing })
  test.equal(status, 1)
  test.match(stdout, /\n\nnot ok a\.test\.ts\n2 passed, 1 failed\n$/)
})

void t.test('a file that hangs is ended, and has failed', async (test) => {
  const { status, stdout } = run(test, { 'a.test.ts': hanging }, {}, ['--timeout=2'])
  test.equal(status, 1)
  test.match(stdout, /\nnot ok a\.test\.ts: \d passed, \d failed \(SIGKILL\) in /)
})

void t.test('no tests at all have failed, and so has a name that no file has', async (test) => {
  test.match(run(test, {}), { status: 1, last: '0 passed, 1 failed' })
  const { status, stdout } = run(test, { 'a.test.ts': passing }, {}, ['b.test.ts'])
  test.equal(status, 1)
  test.match(stdout, /\n\nnot ok b\.test\.ts: no such file\n2 passed, 1 failed\n$/)
})

void t.test('files that share a process are told apart, whatever one of them does', async (test) => {
  const files = {
    'a.test.ts': passing,
    'b.test.ts': "throw new Error('no')\n",
    'c.test.ts': failing,
    'd.test.ts': passing
  }
  const { status, stdout, last } = run(test, files, {}, ['--together=*.test.ts'])
  test.strictSame({ status, last }, { status: 1, last: '4 passed, 2 failed' })
  test.match(stdout, /^ok a\.test\.ts: 2 passed\n# file: b\.test\.ts\n/)
  test.match(stdout, /the file does not load[^]*\nnot ok b\.test\.ts: 0 passed, 1 failed \(exit code 1\)\n/)
  test.match(stdout, /\nok d\.test\.ts: 2 passed\n# 4 files of \. in \d+\.\d s\n/)
  test.match(stdout, /\n\nnot ok b\.test\.ts\nnot ok c\.test\.ts > sums\n/)
})

void t.test('files that come first start first, in the order of their patterns', async (test) => {
  const files = { 'a.test.ts': passing, 'b.test.ts': passing, 'c.test.ts': passing, 'd.test.ts': passing }
  const { stdout } = run(test, files, {}, ['--jobs=1', '--first=d.test.ts', '--first={c,d}.test.ts'])
  const order = [...stdout.matchAll(/^ok (.)\.test\.ts/gm)].map(([, name]) => name)
  test.strictSame(order, ['d', 'c', 'a', 'b'])
  const { status, stdout: said } = run(test, { 'a.test.ts': passing }, {}, ['--first=gone.test.ts'])
  test.equal(status, 1)
  test.match(said, /\n\nnot ok gone\.test\.ts: no such file\n/)
})

void t.test('what a file started ends with it', async (test) => {
  const leaving = `import t from 'tap'
import { spawn } from 'node:child_process'
t.ok(true)
spawn('sleep', ['600'], { stdio: 'inherit' }).unref()
`
  const began = performance.now()
  test.match(run(test, { 'a.test.ts': leaving }), { status: 0, last: '1 passed, 0 failed' })
  test.ok(performance.now() - began < 60_000, 'what holds its output open is not waited for')
})

void t.test('what files share is started before them, and closed after them', async (test) => {
  const shared = `export async function startShared() {
  console.log('started')
  return { environment: { SHARED: 'here' }, close: async () => console.log('closed') }
}
`
  const reading = "import t from 'tap'\nt.equal(process.env.SHARED, 'here')\n"
  const { stdout } = run(test, { 'a.test.ts': reading, 'shared.ts': shared }, {}, ['--shared=shared.ts'])
  test.match(stdout, /^started\nok a\.test\.ts: 1 passed in .* s\nclosed\n1 passed, 0 failed\n$/)
  const broken = {
    'a.test.ts': reading,
    'shared.ts': "export async function startShared() { throw new Error('no') }\n"
  }
  test.match(run(test, broken, {}, ['--shared=shared.ts']), { status: 1, last: '0 passed, 1 failed' })
})

void t.test('skipped tests are counted, and fail in CI', async (test) => {
  const last = '1 passed, 0 failed, 1 skipped'
  test.match(run(test, { 'a.test.ts': skipping }), { status: 0, last })
  test.match(run(test, { 'a.test.ts': skipping }, { CI: 'true' }), { status: 1, last })
})

void t.test('a test cannot pass for the closing line of the run', async (test) => {
  test.match(run(test, { 'a.test.ts': lying }), { status: 0, last: '1 passed, 0 failed' })
})
