import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import manifest from '../../package.json' with { type: 'json' }
import { controllerFlags } from '../../src/config/controller-flags.ts'
import { webhookFlags } from '../../src/config/webhook-flags.ts'
import { run as controller } from '../../src/commands/controller.ts'
import { run as versionCommand } from '../../src/commands/version.ts'
import { run as webhook } from '../../src/commands/webhook.ts'
import { type Ended, holdfast, runHere } from './process.ts'

const commands = new Map([
  ['webhook', webhook],
  ['controller', controller],
  ['version', versionCommand]
])

/** A command runs in this process; one starts for what main does itself. */
async function runsHere(test: Test, [name = '', ...args]: readonly string[]): Promise<Ended> {
  const run = commands.get(name)
  return run === undefined ? holdfast([name, ...args]) : runHere(test, run, args)
}

const version: Ended = { status: 0, stdout: `holdfast ${manifest.version}\n`, stderr: '' }

void t.test('help', async (test) => {
  const help = holdfast(['help'])
  test.match(help, {
    status: 0,
    stdout: /^Holdfast keeps workloads up .*\n {2}webhook .*\n {2}controller .*\n {2}version /s,
    stderr: /^$/
  })
  for (const args of [[], ['--help'], ['-h'], ['help', 'help']]) test.strictSame(holdfast(args), help, args.join(' '))
})

void t.test('the help of the webhook has every flag', async (test) => {
  const help = holdfast(['webhook', '--help'])
  test.match(help, { status: 0, stderr: /^$/, stdout: /^Answers the admission reviews/ })
  for (const { name } of webhookFlags) test.match(help.stdout, new RegExp(`\n  --${name} `), name)
  test.match(help.stdout, /--port <port> +the port for reviews \(8443\)\n/)
  test.ok(help.stdout.split('\n').every((line) => line.length <= 120))
  test.strictSame(holdfast(['help', 'webhook']), help)
  test.strictSame(await runsHere(test, ['webhook', '-h', '--port', 'x']), help, 'whatever else is said')
})

void t.test('the help of the controller has every flag', async (test) => {
  const help = await runsHere(test, ['controller', '--help'])
  test.match(help, { status: 0, stderr: /^$/, stdout: /^Keeps a companion PodDisruptionBudget/ })
  for (const { name } of controllerFlags) test.match(help.stdout, new RegExp(`\n  --${name} `), name)
  test.match(help.stdout, /--lease-name <name> +the Lease for leader election \(holdfast-controller\)\n/)
  test.ok(help.stdout.split('\n').every((line) => line.length <= 120))
  test.strictSame(holdfast(['help', 'controller']), help)
})

void t.test('version', async (test) => {
  for (const args of [['version'], ['--version']]) test.strictSame(holdfast(args), version, args.join(' '))
  for (const args of [['version'], ['webhook', '--version'], ['controller', '--version']]) {
    test.strictSame(await runsHere(test, args), version, args.join(' '))
  }
  test.match(await runsHere(test, ['version', '--help']), { status: 0, stdout: /^Prints the version/ })
})

const wrong: readonly (readonly [args: readonly string[], stderr: string])[] = [
  [['webhok'], 'holdfast webhok: no such command; did you mean webhook?\n'],
  [['colour'], 'holdfast colour: no such command\n'],
  [['help', 'verison'], 'holdfast verison: no such command; did you mean version?\n'],
  [['webhook', '--standalon'], '--standalon: no such flag; did you mean --standalone?\n'],
  [['webhook', 'now', '--standalone'], 'now: not a flag\n'],
  [['version', '--short'], '--short: no such flag\n'],
  [
    ['webhook'],
    'tls.certificateFile: is not set; give --certificate and --key, or try Holdfast out with --standalone\n' +
      'tls.keyFile: is not set; give --certificate and --key, or try Holdfast out with --standalone\n'
  ],
  [['controller', '--certificate', 'x'], '--certificate: no such flag\n'],
  [['controller', '--lease-name', 'Mine'], '--lease-name: "Mine" is not a Kubernetes object name\n'],
  [['webhook', '--config', '/nowhere.yaml', '--standalone'], '/nowhere.yaml: no such file\n']
]

for (const [args, stderr] of wrong) {
  void t.test(`holdfast ${args.join(' ')}`, async (test) => {
    test.strictSame(await runsHere(test, args), { status: 2, stdout: '', stderr })
  })
}

void t.test('everything that is wrong is said at once, without a stack', async (test) => {
  const file = join(test.testdir({}), 'holdfast.yaml')
  writeFileSync(file, 'policies:\n  readines-probe: {}\nserver:\n  port: high\n')
  const environment = { HOLDFAST_CONFIG: file, HOLDFAST_PROFILE: 'standart' }
  test.strictSame(holdfast(['webhook', '--standalone', '--drain-seconds', '-1'], environment), {
    status: 2,
    stdout: '',
    stderr: `${file}: policies.readines-probe: no such policy; did you mean readiness-probe?
${file}: server.port: "high" is not a whole number from 0 to 65535
HOLDFAST_PROFILE: "standart" is not one of baseline, standard, critical; did you mean standard?
--drain-seconds: -1 is not a whole number from 0 to 300
`
  })
})

const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\n'

void t.test('contradicting variables about colours make Node say nothing', (test) => {
  for (const environment of [
    { NO_COLOR: '1', FORCE_COLOR: '1' },
    { NO_COLOR: '1', FORCE_COLOR: '' }
  ]) {
    const { stderr } = holdfast(['lint', '--no-config', '-'], environment, configMap)
    test.equal(stderr, '', JSON.stringify(environment))
  }
  test.end()
})

void t.test('a signal itself ends a command, which so need not be idle to hear it', async (test) => {
  const main = join(import.meta.dirname, '../../src/main.ts')
  const run = spawn(process.execPath, [main, 'lint', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  const exited = once(run, 'exit')
  run.stdin.on('error', (error) => test.comment(String(error)))
  // More than the pipe holds: it is taken once the command reads.
  run.stdin.write('# nothing\n'.repeat(100_000))
  await Promise.race([once(run.stdin, 'drain'), exited])
  run.kill('SIGINT')
  test.strictSame(await exited, [null, 'SIGINT'])
})
