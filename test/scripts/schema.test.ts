import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
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

/** The pages of the policies as they are. */
const policyPages = Object.fromEntries(
  readdirSync(join(root, 'docs/policies')).map((name) => [name, read(`policies/${name}`)])
)
/** What is counted of each policy, which is measured and not declared. */
const counts = { 'policy-counts.json': read('policy-counts.json') }
const chartFiles = ['values.yaml', 'values.schema.json', 'README.md']

/** What the script reads besides. */
function deploy() {
  const files = chartFiles.map((name) => [name, readFileSync(join(root, 'deploy/chart', name), 'utf8')] as const)
  return { chart: Object.fromEntries(files) }
}

void t.test('what is declared and what is written of it are the same', async (test) => {
  test.strictSame(run(root, '--check'), { status: 0, stderr: '' })
})

void t.test('it finds what differs, and writes it', async (test) => {
  const outdated = read('configuration.md').replace('`HOLDFAST_SERVER_PORT`', '`HOLDFAST_PORT`')
  const page = read('policies/pre-stop-sleep.md')
  const policies = { ...policyPages, 'pre-stop-sleep.md': page.replace('`common.shutdownSeconds` | 0', 'x | 0') }
  const cwd = test.testdir({ docs: { ...counts, 'configuration.md': outdated, policies }, deploy: deploy() })
  test.strictSame(run(cwd, '--check'), {
    status: 1,
    stderr: `docs/config.schema.json differs from the schema; npm run schema writes it
docs/lint.schema.json differs from the schema; npm run schema writes it
docs/report.schema.json differs from the schema; npm run schema writes it
docs/configuration.md differs from the schema; npm run schema writes it
docs/policies/pre-stop-sleep.md differs from the schema; npm run schema writes it
`
  })
  test.equal(readFileSync(join(cwd, 'docs/configuration.md'), 'utf8'), outdated, 'with --check nothing is written')
  test.equal(run(cwd).status, 0)
  for (const name of ['config.schema.json', 'configuration.md', 'policies/pre-stop-sleep.md']) {
    test.equal(readFileSync(join(cwd, 'docs', name), 'utf8'), read(name), name)
  }
  test.equal(run(cwd, '--check').status, 0)
})

void t.test('it fails where the place of a table is gone', async (test) => {
  const cwd = test.testdir({
    docs: { ...counts, 'configuration.md': '# Configuration\n', policies: policyPages },
    deploy: deploy()
  })
  test.match(run(cwd), { status: 1, stderr: /docs\/configuration\.md: the place for settings is gone/ })
  writeFileSync(join(cwd, 'docs/configuration.md'), read('configuration.md').replace('<!-- end of policies -->', ''))
  test.match(run(cwd), { status: 1, stderr: /the place for policies is gone/ })
})

void t.test('what people wrote on the page of a policy stays', async (test) => {
  const page = read('policies/termination-budget.md')
  const policies = { ...policyPages, 'termination-budget.md': page.replace('## Why\n', '## Why\n\nFor a reason.\n') }
  const cwd = test.testdir({
    docs: { ...counts, 'configuration.md': read('configuration.md'), policies },
    deploy: deploy()
  })
  test.equal(run(cwd).status, 0)
  test.equal(readFileSync(join(cwd, 'docs/policies/termination-budget.md'), 'utf8'), policies['termination-budget.md'])
})

void t.test('every flag is documented', async (test) => {
  const text = read('configuration.md')
  for (const { name } of [...webhookFlags, ...controllerFlags].filter(
    (flag) => !['help', 'version'].includes(flag.name)
  )) {
    test.ok(text.includes(`\`--${name}\``), name)
  }
})
