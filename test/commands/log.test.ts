import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text as textOf } from 'node:stream/consumers'
import t from 'tap'

const log = new URL('../../src/commands/process/log.ts', import.meta.url).href

function argsFor(code: string): string[] {
  const script = `import { buildLog, exitOnUncaught } from '${log}'\nconst out = buildLog('info')\nexitOnUncaught(out)\n${code}`
  return ['--input-type=module-typescript', '--eval', script]
}

function runWith(code: string): { status: number | null; stdout: string } {
  const { status, stdout } = spawnSync(process.execPath, argsFor(code), { encoding: 'utf8', env: { PATH: '' } })
  return { status, stdout }
}

/** Logs 40 MB in turns of the event loop, as calls would, then says what it dropped and how much memory it takes. */
const flood = `
const line = { uid: 'x'.repeat(360) }
for (let turn = 0; turn < 1000; turn++) {
  for (let index = 0; index < 100; index++) out.logDecision(line)
  await new Promise((resolve) => setImmediate(resolve))
}
await out.end()
console.error(JSON.stringify({ dropped: out.dropped(), held: process.stdout.writableLength }))
process.exit(0)`

interface Flooded {
  dropped: number
  held: number
}

async function floodInto(attend: (child: ChildProcess) => void): Promise<Flooded> {
  const child = spawn(process.execPath, argsFor(flood), { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: '' } })
  attend(child)
  const [said, [code]] = await Promise.all([textOf(child.stderr), once(child, 'exit') as Promise<[number]>])
  if (code !== 0) throw new Error(`it ended with ${code}: ${said}`)
  return JSON.parse(said) as Flooded
}

void t.test('what nobody caught is logged, behind all that was logged before, and ends the process', async (test) => {
  const thrown = runWith("out.log.info('before')\nsetTimeout(() => { throw new Error('a bug') }, 10)")
  test.equal(thrown.status, 1)
  const [before, fatal] = thrown.stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  test.match(before, { level: 'info', msg: 'before', time: /^\d{4}-\d\d-\d\dT/ })
  test.match(fatal, { level: 'fatal', msg: 'uncaught exception', err: { message: 'a bug', stack: /eval/ } })
  const rejected = runWith("void Promise.reject(new Error('a bug'))\nsetTimeout(() => {}, 5000)")
  test.match(rejected, { status: 1, stdout: /"level":"fatal".*unhandled rejection/ })
})

void t.test('what a terminal would obey is escaped', (test) => {
  const name = 'a\u009b31mb\u202ec\u2066d\u200fe\u2028f\u007fg'
  const { stdout } = runWith(`
    const name = ${JSON.stringify(name)}
    out.log.info({ name }, name)
    out.logDecision({ name })
    out.flush()`)
  const lines = stdout.trim().split('\n')
  test.equal(lines.length, 2)
  for (const line of lines) {
    test.match(line, /^[ -~]+$/)
    test.equal((JSON.parse(line) as { name: string }).name, name)
  }
  test.end()
})

const api = new URL('../../src/cluster/api/api-error.ts', import.meta.url).href

void t.test('what the network does to us is a line without a stack, and a bug one with it', (test) => {
  const { stdout } = runWith(`
    import { connect } from 'node:net'
    import { once } from 'node:events'
    import { ApiError } from '${api}'
    const say = (err) => out.log.warn({ err, path: '/api/v1/pods' }, 'a watch')
    say(await once(connect(1, '127.0.0.1'), 'connect').catch((error) => error))
    say(new DOMException('no sign of life within 90 s', 'TimeoutError'))
    say(new ApiError({ asked: 'GET /pods', code: 503, status: {} }))
    say(Object.assign(new AggregateError([new Error('one')]), { code: 'ECONNREFUSED' }))
    say(new TypeError('a bug', { cause: new Error('its cause') }))
    say(Object.assign(new Error('of a framework'), { code: 'FST_ERR_BAD' }))
    say('no error at all')
    out.flush()`)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { err: { stack?: string } }).err)
  test.strictSame(lines.slice(0, 4), [
    { type: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:1', code: 'ECONNREFUSED' },
    { type: 'TimeoutError', message: 'no sign of life within 90 s', code: 23 },
    { type: 'ApiError', message: 'GET /pods answered 503' },
    { type: 'AggregateError', message: 'ECONNREFUSED', code: 'ECONNREFUSED' }
  ])
  test.match(lines[4], { type: 'TypeError', message: 'a bug: its cause', stack: /caused by/ })
  test.match(lines[5], { message: 'of a framework', stack: /eval/ })
  test.equal(lines[6], 'no error at all')
  test.end()
})

void t.test('what nobody caught keeps its stack, whatever it is', (test) => {
  const lost = "Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })"
  const { status, stdout } = runWith(`setTimeout(() => { throw ${lost} }, 10)`)
  test.match({ status, stdout }, { status: 1, stdout: /"level":"fatal".*"stack":"Error: read ECONNRESET/ })
  test.end()
})

void t.test('a decision is a line as any other, at level info', (test) => {
  const line = { uid: '1', name: 'a\nb', policies: ['min-replicas'], ms: 0.25 }
  const both = `const line = ${JSON.stringify(line)}; out.log.info(line, 'decision'); out.logDecision(line)`
  const { stdout } = runWith(`${both}\nout.log.level = 'warn'\nout.logDecision(line)\nout.flush()`)
  const [first, second, ...others] = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as { time: string })
  test.strictSame({ ...second, time: first?.time }, { level: 'info', time: first?.time, ...line, msg: 'decision' })
  test.strictSame(Object.keys(second ?? {}), Object.keys(first ?? {}), 'field by field as pino has it')
  test.ok(Math.abs(Date.parse(second?.time ?? '') - Date.parse(first?.time ?? '')) < 1000)
  test.strictSame(others, [], 'nothing above its level')
  test.end()
})

void t.test('lines are written at the latest after a second', async (test) => {
  const run = runWith("out.log.info('held back')\nsetTimeout(() => process.kill(process.pid, 'SIGKILL'), 1100)")
  test.match(run, { status: null, stdout: /held back/ })
})

void t.test('a reader that does not read costs its lines, not the memory or the end of the process', async (test) => {
  const { dropped, held } = await floodInto(() => {})
  test.ok(dropped > 90_000, `most of 100 000 lines are dropped: ${dropped}`)
  test.ok(held < 2 * 1024 * 1024, `what is held is bounded: ${held}`)
})

void t.test('a reader that is gone is no reason to end', async (test) => {
  const { dropped, held } = await floodInto(({ stdout }) => void stdout?.destroy())
  test.ok(dropped > 90_000, `most of 100 000 lines are dropped: ${dropped}`)
  test.equal(held, 0)
})

void t.test('a reader that reads gets every line, or is told how many it missed', async (test) => {
  let seen = ''
  const { dropped } = await floodInto(({ stdout }) => {
    stdout?.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk))
  })
  const lines = seen.trimEnd().split('\n')
  const told = lines
    .map((line) => JSON.parse(line) as { lines?: number })
    .filter(({ lines: count }) => count !== undefined)
  test.equal(lines.length - told.length + dropped, 100_000)
  // What is dropped at the very end nobody is told of.
  if (told.length > 0) test.ok(dropped > 0)
})
