import { spawnSync } from 'node:child_process'
import t from 'tap'

const log = new URL('../../src/commands/process/log.ts', import.meta.url).href

function runWith(code: string): { status: number | null; stdout: string } {
  const script = `import { buildLog, exitOnUncaught } from '${log}'\nconst out = buildLog('info')\nexitOnUncaught(out)\n${code}`
  const args = ['--input-type=module-typescript', '--eval', script]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: '' } })
  return { status, stdout }
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
  const run = runWith("out.log.info('held back')\nsetTimeout(() => process.kill(process.pid, 'SIGKILL'), 2500)")
  test.match(run, { status: null, stdout: /held back/ })
})
