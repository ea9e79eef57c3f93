import { spawnSync } from 'node:child_process'
import t, { type Test } from 'tap'

const script = new URL('../../scripts/test.ts', import.meta.url).pathname
const passing = "import t from 'tap'\nt.ok(true)\nt.test('below', async (t) => t.ok(true))\n"
const failing = "import t from 'tap'\nt.ok(false)\n"
const skipping = "import t from 'tap'\nt.ok(true)\nt.ok(true, 'later', { skip: true })\n"
const lying = "import t from 'tap'\nt.ok(true)\nconsole.log('# { total: 99, pass: 99 }')\n"
const manifest = JSON.stringify({ type: 'module', tap: { 'type-strip-only': true, 'disable-coverage': true } })

function run(test: Test, files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) {
  const cwd = test.testdir({ 'package.json': manifest, ...files })
  const outside = Object.entries(process.env).filter(([name]) => !name.startsWith('TAP') && name !== 'CI')
  const env = { ...Object.fromEntries(outside), ...environment }
  const args = [script, ...(Object.keys(files).length > 0 ? Object.keys(files) : ['none.test.ts'])]
  const { status, stdout } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' })
  return { status, last: stdout.trimEnd().split('\n').at(-1) }
}

void t.test('counts what passed', async (test) => {
  test.strictSame(run(test, { 'a.test.ts': passing, 'b.test.ts': passing }), { status: 0, last: '4 passed, 0 failed' })
})

void t.test('keeps the exit code of a failed run', async (test) => {
  test.strictSame(run(test, { 'a.test.ts': passing, 'b.test.ts': failing }), { status: 1, last: '2 passed, 1 failed' })
})

void t.test('a file that does not load has failed', async (test) => {
  test.strictSame(run(test, { 'a.test.ts': "throw new Error('no')\n" }), { status: 1, last: '0 passed, 1 failed' })
})

void t.test('no tests at all have failed', async (test) => {
  test.strictSame(run(test, {}), { status: 1, last: '0 passed, 1 failed' })
})

void t.test('skipped tests are counted, and fail in CI', async (test) => {
  const last = '1 passed, 0 failed, 1 skipped'
  test.strictSame(run(test, { 'a.test.ts': skipping }), { status: 0, last })
  test.strictSame(run(test, { 'a.test.ts': skipping }, { CI: 'true' }), { status: 1, last })
})

void t.test('a test cannot pass for the closing line of the run', async (test) => {
  test.strictSame(run(test, { 'a.test.ts': lying }), { status: 0, last: '1 passed, 0 failed' })
})
