import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { textOf } from '../contract/tree.ts'
import { sarifErrors } from '../report/readers.ts'
import { type Away, away, packInto } from '../support/packed.ts'

const root = join(import.meta.dirname, '../..')

interface Action {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>
  outputs: Record<string, { description: string; value: string }>
  runs: { using: string; steps: readonly { id: string; shell: string; env: Record<string, string>; run: string }[] }
}

const action = parse(textOf('action.yml')) as Action
const [step] = action.runs.steps
if (step === undefined) throw new Error('action.yml has no step')

interface Outcome {
  status: number | null
  stdout: string
  stderr: string
  outputs: Record<string, string>
  summary: string
}

/** Runs the step as the runner does: expressions are put into the environment, and the script gets none. */
function runAction(given: Readonly<Record<string, string>>, options: Away): Outcome {
  const temp = join(options.cwd, '../temp')
  mkdirSync(temp, { recursive: true })
  const [output, summary] = [join(temp, 'output'), join(temp, 'summary')]
  for (const file of [output, summary]) writeFileSync(file, '')
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: value = '' }]) => [name, value])
  )
  const values: Record<string, string> = { 'github.action_path': root }
  for (const [name, value] of Object.entries({ ...inputs, ...given })) values[`inputs.${name}`] = value
  const own = Object.entries(step?.env ?? {}).map(([name, text]) => {
    return [name, text.replaceAll(/\$\{\{ *([\w.-]+) *\}\}/g, (_, key: string) => values[key] ?? '')]
  })
  const env = {
    ...options.env,
    RUNNER_TEMP: temp,
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
    ...(Object.fromEntries(own) as Record<string, string>)
  }
  const script = join(temp, 'script.sh')
  writeFileSync(script, step?.run ?? '')
  const flags = ['--noprofile', '--norc', '-eo', 'pipefail', script]
  const { status, stdout, stderr } = spawnSync('bash', flags, { ...options, env })
  const lines = readFileSync(output, 'utf8').trim().split('\n')
  const outputs = Object.fromEntries(
    lines.filter((line) => line !== '').map((line) => line.split('=') as [string, string])
  )
  return { status, stdout, stderr, outputs, summary: readFileSync(summary, 'utf8') }
}

const web = readFileSync(join(root, 'docs/examples/web.yaml'), 'utf8')

const packed = away(t)
const tarball = join(packed.cwd, packInto(packed.cwd, packed))

/** A repository with a Deployment, away from this checkout. */
function repository(test: Test): Away {
  const options = away(test)
  mkdirSync(join(options.cwd, 'deploy'))
  writeFileSync(join(options.cwd, 'deploy/web.yaml'), web)
  return options
}

void t.test('inputs reach the script by the environment alone, and each is described', (test) => {
  test.equal(action.runs.using, 'composite')
  test.equal(action.runs.steps.length, 1)
  test.equal(step.shell, 'bash')
  test.notMatch(step.run, /\$\{\{/)
  const used = Object.values(step.env).flatMap((text) =>
    [...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name)
  )
  test.strictSame(new Set(used), new Set(Object.keys(action.inputs)))
  const described = [...Object.values(action.inputs), ...Object.values(action.outputs)]
  for (const { description } of described) test.match(description, /^\S.{9,}/)
  for (const { value } of Object.values(action.outputs)) test.match(value, /^\$\{\{ steps\.lint\.outputs\.[\w-]+ \}\}$/)
  test.end()
})

void t.test('findings are annotations, a SARIF report and a job summary', (test) => {
  const options = repository(test)
  const found = runAction({ package: tarball, paths: 'deploy\n' }, options)
  test.match(found, { status: 1, outputs: { 'exit-code': '1', 'sarif-file': 'holdfast.sarif' } })
  test.match(
    found.stdout,
    /^::error file=deploy\/web\.yaml,line=14,.*title=Holdfast%3A readiness-probe::deployment\/web: /m
  )
  test.match(found.summary, /^### Holdfast: 3 required, 1 advised\n/)
  const sarif = JSON.parse(readFileSync(join(options.cwd, 'holdfast.sarif'), 'utf8')) as {
    runs: { results: unknown[] }[]
  }
  test.strictSame(sarifErrors(sarif), [])
  test.equal(sarif.runs[0]?.results.length, 4)
  test.end()
})

void t.test('what is exempt is no alert, and another file and level are as asked for', (test) => {
  const options = repository(test)
  const annotation = 'metadata:\n  annotations:\n    holdfast.dev/exempt.readiness-probe: "a batch job in disguise"\n'
  writeFileSync(join(options.cwd, 'deploy/web.yaml'), web.replace('metadata:\n', annotation))
  const advised = runAction({ package: tarball, 'fail-on': 'never', 'sarif-file': 'reports/a b.sarif' }, options)
  test.match(advised, { status: 0, outputs: { 'exit-code': '0', 'sarif-file': 'reports/a b.sarif' } })
  test.notMatch(readFileSync(join(options.cwd, 'reports/a b.sarif'), 'utf8'), 'a batch job in disguise')
  test.end()
})

const hostile = ['$(touch pwned)', '`touch pwned`', '"; touch pwned; "', "'; touch pwned; '", '--help', '-h', '*', '\\']

void t.test('hostile inputs run nothing, and are no flags', (test) => {
  const options = repository(test)
  const paths = runAction({ package: tarball, paths: hostile.join('\n') }, options)
  test.match(paths, { status: 3, outputs: { 'exit-code': '3', 'sarif-file': 'holdfast.sarif' } })
  for (const path of hostile) test.ok(paths.stdout.includes(`::error file=${path},`), path)
  const given = { config: hostile.join(' '), baseline: hostile.join(' '), 'fail-on': hostile.join(' ') }
  const level = runAction({ package: tarball, ...given }, options)
  test.match(level, { status: 2, stderr: /--fail-on: .* is not one of required, advised, unknown, never/ })
  test.strictSame(level.outputs, { 'exit-code': '2' })
  const output = runAction({ package: tarball, 'sarif-file': 'x\nexit-code=0' }, options)
  test.strictSame(output.outputs, { 'exit-code': '2' })
  test.notOk(existsSync(join(options.cwd, 'pwned')))
  test.end()
})

void t.test('a package that is not pinned is refused', (test) => {
  const options = away(test)
  for (const name of [
    '',
    'holdfast',
    'holdfast@latest',
    'holdfast@^1.2.3',
    'none.tgz',
    '--registry=x',
    '$(touch pwned).tgz'
  ]) {
    const refused = runAction({ package: name }, options)
    test.match(refused, { status: 2, stdout: /^::error title=Holdfast::the input package is / }, name)
  }
  test.notOk(existsSync(join(options.cwd, 'pwned')))
  // Offline npm has no such package: the name was taken.
  const taken = runAction({ package: '@example/holdfast@1.2.3' }, options)
  test.match(taken.stderr, /ENOTCACHED/)
  test.notMatch(taken.stdout, '::error')
  test.end()
})
