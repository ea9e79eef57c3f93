import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { controllerFlags } from '../../src/config/controller-flags.ts'
import { webhookFlags } from '../../src/config/webhook-flags.ts'

const root = join(import.meta.dirname, '../..')

function run(cwd: string, ...args: string[]): { status: number | null; stderr: string } {
  const script = join(root, 'scripts/schema.ts')
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { cwd, encoding: 'utf8' })
  return { status, stderr }
}

function read(name: string): string {
  return readFileSync(join(root, 'docs', name), 'utf8')
}

const chartFiles = ['values.yaml', 'values.schema.json', 'README.md']

/** What the script reads besides. */
function deploy() {
  const files = chartFiles.map((name) => [name, readFileSync(join(root, 'deploy/chart', name), 'utf8')] as const)
  return { chart: Object.fromEntries(files) }
}

void t.test('the JSON Schema and the tables of the documentation are those of the schema', async (test) => {
  test.strictSame(run(root, '--check'), { status: 0, stderr: '' })
})

void t.test('it finds what differs, and writes it', async (test) => {
  const outdated = read('configuration.md').replace('`HOLDFAST_SERVER_PORT`', '`HOLDFAST_PORT`')
  const cwd = test.testdir({ docs: { 'configuration.md': outdated }, deploy: deploy() })
  test.strictSame(run(cwd, '--check'), {
    status: 1,
    stderr: `docs/config.schema.json differs from the schema; npm run schema writes it
docs/configuration.md differs from the schema; npm run schema writes it
`
  })
  test.equal(readFileSync(join(cwd, 'docs/configuration.md'), 'utf8'), outdated, 'with --check nothing is written')
  test.equal(run(cwd).status, 0)
  for (const name of ['config.schema.json', 'configuration.md']) {
    test.equal(readFileSync(join(cwd, 'docs', name), 'utf8'), read(name), name)
  }
  test.equal(run(cwd, '--check').status, 0)
})

void t.test('it fails where the place of a table is gone', async (test) => {
  const cwd = test.testdir({ docs: { 'configuration.md': '# Configuration\n' }, deploy: deploy() })
  test.match(run(cwd), { status: 1, stderr: /docs\/configuration\.md: the place for settings is gone/ })
  writeFileSync(join(cwd, 'docs/configuration.md'), read('configuration.md').replace('<!-- end of policies -->', ''))
  test.match(run(cwd), { status: 1, stderr: /the place for policies is gone/ })
})

void t.test('every flag is documented', async (test) => {
  const text = read('configuration.md')
  for (const { name } of [...webhookFlags, ...controllerFlags].filter(
    (flag) => !['help', 'version'].includes(flag.name)
  )) {
    test.ok(text.includes(`\`--${name}\``), name)
  }
})
