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

void t.test('lines are written at the latest after a second', async (test) => {
  const run = runWith("out.log.info('held back')\nsetTimeout(() => process.kill(process.pid, 'SIGKILL'), 2500)")
  test.match(run, { status: null, stdout: /held back/ })
})
