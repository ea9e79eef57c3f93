import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fix } from '../../src/commands/fix.ts'
import { lint } from '../../src/commands/lint.ts'
import { parseDocument } from '../../src/manifests/document.ts'
import { bareYaml as bare, budgetYaml, deploymentYaml, folderWith, look } from './look-here.ts'

const probe = `        readinessProbe:
          tcpSocket:
            port: 8080
          periodSeconds: 5
`

function text(path: string): string {
  return readFileSync(path, 'utf8')
}

void t.test('fix writes the remedies and the budget, and a second run changes nothing', async (test) => {
  folderWith(test, { 'web.yaml': bare() })
  const first = await look(fix, [])
  test.equal(
    first.stdout,
    `web.yaml: deployment/web: readiness-probe, pre-stop-sleep, topology-spread
web.yaml: deployment/web: a PodDisruptionBudget
1 file written: 4 findings mended, nothing left
`
  )
  test.equal(first.status, 0)
  const fixed = text('web.yaml')
  test.ok(fixed.startsWith(bare().slice(0, bare().indexOf('---'))))
  test.ok(fixed.includes(`        - containerPort: 8080\n${probe}`))
  test.match(
    fixed,
    /---\napiVersion: policy\/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: holdfast-deployment-web\nspec:\n  maxUnavailable: 1\n/
  )
  const second = await look(fix, [])
  test.equal(second.stdout, 'nothing to write: nothing left\n')
  test.equal(text('web.yaml'), fixed)
  test.equal((await look(lint, [])).status, 0)
})

void t.test('--diff prints what git applies, and writes nothing', async (test) => {
  folderWith(test, { 'a b/web.yaml': bare() })
  const { status, stdout, stderr } = await look(fix, ['--diff'])
  test.equal(status, 1)
  test.match(stdout, /^--- a\/a b\/web\.yaml\t\n\+\+\+ b\/a b\/web\.yaml\t\n@@ /)
  test.match(stderr, '1 file to write: 4 findings mended, nothing left')
  test.equal(text('a b/web.yaml'), bare())
  execFileSync('git', ['init', '--quiet'])
  execFileSync('git', ['apply', '-'], { input: stdout })
  const applied = text('a b/web.yaml')
  test.not(applied, bare())
  writeFileSync('a b/web.yaml', bare())
  await look(fix, ['.'])
  test.equal(text('a b/web.yaml'), applied)
})

void t.test('--check prints nothing, writes nothing, and exits 1 where something would be written', async (test) => {
  folderWith(test, { 'web.yaml': bare() })
  const { status, stdout } = await look(fix, ['--check', 'web.yaml'])
  test.strictSame([status, stdout], [1, ''])
  test.equal(text('web.yaml'), bare())
  writeFileSync('web.yaml', deploymentYaml('web') + '---\n' + budgetYaml('web'))
  test.equal((await look(fix, ['--check', 'web.yaml'])).status, 0)
})

void t.test('what needs a decision is printed with the value to write, and never written', async (test) => {
  folderWith(test, { 'web.yaml': deploymentYaml('web', { replicas: 1 }) })
  const { status, stdout } = await look(fix, [])
  test.equal(
    stdout,
    `web.yaml:6:3: advised: deployment/web: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more
    spec:
      replicas: 2
nothing to write: 1 left
`
  )
  test.equal(status, 0)
  test.equal((await look(fix, ['--quiet'])).stdout, 'nothing to write: 1 left\n')
})

void t.test('--diff and --check exit 1 also for what is left, from --fail-on upwards', async (test) => {
  folderWith(test, { 'web.yaml': deploymentYaml('web', { replicas: 1 }) })
  for (const how of ['--diff', '--check']) {
    test.equal((await look(fix, [how])).status, 0)
    test.equal((await look(fix, [how, '--fail-on', 'advised'])).status, 1)
    test.equal((await look(fix, [how, '--profile', 'critical'])).status, 1)
    test.equal((await look(fix, [how, '--profile', 'critical', '--fail-on', 'never'])).status, 0)
  }
})

void t.test('--only and --skip choose the policies', async (test) => {
  folderWith(test, { 'web.yaml': bare() })
  await look(fix, ['--only', 'readiness-probe'])
  test.equal(text('web.yaml'), bare().replace('containerPort: 8080\n', `containerPort: 8080\n${probe}`))
  writeFileSync('web.yaml', bare())
  const { stdout } = await look(fix, ['--skip', 'topology-spread,disruption-budget', '--skip', 'pre-stop-sleep'])
  test.match(stdout, 'web.yaml: deployment/web: readiness-probe\n')
  test.equal(text('web.yaml'), bare().replace('containerPort: 8080\n', `containerPort: 8080\n${probe}`))
})

void t.test('--exempt writes annotations, and no remedies', async (test) => {
  folderWith(test, { 'web.yaml': bare({ replicas: 1 }), 'other.yaml': budgetYaml('other') })
  const args = ['--exempt', 'min-replicas,readiness-probe', '--reason', 'one: licence', '--until', '2027-01-31']
  const { status, stdout } = await look(fix, args)
  test.equal(status, 0)
  test.match(stdout, 'web.yaml: deployment/web: exempt from min-replicas, readiness-probe\n')
  const annotations = `
  annotations:
    holdfast.dev/exempt.min-replicas: "one: licence"
    holdfast.dev/exempt.readiness-probe: "one: licence"
    holdfast.dev/exempt-until: "2027-01-31"`
  test.equal(text('web.yaml'), bare({ replicas: 1, more: annotations }))
  test.match((await look(fix, args)).stdout, 'nothing to write: ')
})

void t.test('an end of exemptions that is there already stays, and the edit is refused', async (test) => {
  const more = '\n  annotations:\n    holdfast.dev/exempt-until: "2026-12-31"'
  folderWith(test, { 'web.yaml': bare({ more }) })
  const { status, stdout } = await look(fix, ['--exempt', 'readiness-probe', '--reason', 'x', '--until', '2027-01-31'])
  test.equal(status, 1)
  test.match(
    stdout,
    'web.yaml: deployment/web: not written, because metadata.annotations.holdfast.dev/exempt-until: is there already; add by hand:\n    metadata:\n      annotations:\n'
  )
  test.equal(text('web.yaml'), bare({ more }))
})

void t.test('exemptions keep remedies away: annotations, and the configuration', async (test) => {
  folderWith(test, {
    '.holdfast.yaml': 'lint:\n  exemptions:\n    - { policy: readiness-probe, name: web, reason: batch }\n',
    'web.yaml': bare({ more: '\n  annotations: {holdfast.dev/exempt.topology-spread: one node}' })
  })
  test.match(
    (await look(fix, [])).stdout,
    'web.yaml: deployment/web: pre-stop-sleep\nweb.yaml: deployment/web: a PodDisruptionBudget\n'
  )
  writeFileSync('web.yaml', bare({ more: '\n  annotations: {holdfast.dev/inject: disabled}' }))
  test.equal(
    (await look(fix, ['--skip', 'disruption-budget'])).stdout.split('\n').at(-2)?.startsWith('nothing to write'),
    true
  )
})

void t.test('a text that cannot take the additions stays, and they are printed', async (test) => {
  const shared = bare().replace('- name: web', '- &web\n        name: web') + '---\n'
  const twice = shared.replace(
    '        - containerPort: 8080\n',
    '        - containerPort: 8080\n      initContainers:\n      - *web\n'
  )
  folderWith(test, { 'web.yaml': twice })
  const { status, stdout } = await look(fix, ['--skip', 'disruption-budget'])
  test.equal(status, 1)
  test.match(
    stdout,
    'not written, because spec.template.spec.containers.0: &web is shared by an alias; add by hand:\n    spec:\n      template:\n        spec:\n          containers:\n            - name: web\n'
  )
  test.equal(text('web.yaml'), twice)
})

void t.test('JSON stays JSON, and gets no further document', async (test) => {
  const json = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: bare().split('---\n').map(toValue) }, null, 2)
  folderWith(test, { 'web.json': `${json}\n` })
  const { status, stdout } = await look(fix, [])
  test.equal(status, 1)
  test.match(
    stdout,
    'web.json: deployment/web: its budget: not written, because JSON has no further documents; add by hand:\n    apiVersion: policy/v1\n'
  )
  const fixed = text('web.json')
  test.match(JSON.parse(fixed), {
    items: [{ spec: { template: { spec: { containers: [{ readinessProbe: { tcpSocket: { port: 8080 } } }] } } } }]
  })
  test.ok(
    json.split('\n').every((line) => fixed.includes(`${line}\n`)),
    'no line is changed'
  )
})

function toValue(yaml: string): unknown {
  const parsed = parseDocument(yaml)
  return parsed.outcome === 'read' ? parsed.value : undefined
}

void t.test('one that a budget of the set selects gets no other, wherever that is', async (test) => {
  folderWith(test, { 'a/web.yaml': deploymentYaml('web'), 'b/budget.yaml': budgetYaml('web') })
  test.equal((await look(fix, [])).stdout, 'nothing to write: nothing left\n')
})

void t.test('the budget has a namespace where the workload has one', async (test) => {
  folderWith(test, { 'web.yaml': deploymentYaml('web', { namespace: 'shop' }) })
  await look(fix, [])
  test.match(text('web.yaml'), 'metadata:\n  name: holdfast-deployment-web\n  namespace: shop\nspec:')
})

void t.test('the mode of a file stays, and nothing else appears in its folder', async (test) => {
  folderWith(test, { 'web.yaml': bare() })
  chmodSync('web.yaml', 0o640)
  await look(fix, [])
  test.equal(statSync('web.yaml').mode & 0o7777, 0o640)
  test.strictSame(readdirSync('.'), ['web.yaml'])
})

void t.test('a link is written through within the working directory, and never out of it', async (test) => {
  const root = folderWith(test, { 'in/.data/web.yaml': bare(), 'out/web.yaml': bare() })
  mkdirSync('in/x')
  symlinkSync('../.data/web.yaml', 'in/x/web.yaml')
  symlinkSync('../../out/web.yaml', 'in/x/out.yaml')
  process.chdir(join(root, 'in'))
  const { status, stdout, stderr } = await look(fix, ['x/web.yaml', 'x/out.yaml'])
  test.equal(status, 3)
  test.match(stderr, 'x/out.yaml: error: not written: a link that leads out of the working directory')
  test.match(stdout, 'x/web.yaml: deployment/web: ')
  test.not(text('.data/web.yaml'), bare())
  test.equal(text('../out/web.yaml'), bare())
  test.ok(existsSync('x/web.yaml'))
})

/** Command lines that are wrong, and what is said. Nothing is written. */
const wrong: Readonly<Record<string, string>> = {
  '--dif': '--dif: no such flag; did you mean --diff?',
  '--diff --check': '--check: cannot be used with --diff',
  '--only redines-probe': '--only: "redines-probe" is no policy; did you mean readiness-probe?',
  '--reason x': '--reason: needs --exempt',
  '--until 2027-01-01': '--until: needs --exempt',
  '--exempt min-replicas': '--exempt: needs a reason; add --reason TEXT',
  '--exempt min-replicas --reason x --until 2027-02-30': '--until: "2027-02-30" is not a date such as 2027-01-31',
  '--exempt min-replicas --reason x --until 2026-01-31': '--until: 2026-01-31 is over',
  '--exempt min-replicas --reason x --only min-replicas': '--exempt: cannot be used with --only or --skip',
  '--fail-on severe': '--fail-on: "severe" is not one of required, advised, unknown, never; did you mean never?',
  '- web.yaml': '-: standard input is fixed alone, because its text is printed'
}

for (const [args, says] of Object.entries(wrong)) {
  void t.test(`fix ${args} is refused`, async (test) => {
    folderWith(test, { 'web.yaml': bare() })
    const { status, stdout, stderr } = await look(fix, args.split(' '))
    test.strictSame([status, stdout, stderr], [2, '', `${says}\n`])
    test.equal(text('web.yaml'), bare())
  })
}

void t.test('the configuration may forbid exemptions', async (test) => {
  folderWith(test, { '.holdfast.yaml': 'exemptions: { forbidden: [min-replicas] }\n', 'web.yaml': bare() })
  const { status, stderr } = await look(fix, ['--exempt', 'min-replicas', '--reason', 'x'])
  test.strictSame([status, stderr], [2, '--exempt: the configuration forbids exemptions from min-replicas\n'])
})

/** Files that cannot be read, and what is said of them. */
const unreadable: Readonly<Record<string, readonly [content: Uint8Array | string, says: RegExp]>> = {
  'a binary file': [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1]), /^bad\.yaml: error: a binary file, not text$/m],
  'UTF-16': [Buffer.from(`\uFEFF${bare()}`, 'utf16le'), /^bad\.yaml: error: UTF-16 text/m],
  'tabs as indentation': [bare().replace('  replicas', '\treplicas'), /^bad\.yaml:7: error: /m],
  'a NUL': [bare().replace('web:1', 'web:\0'), /^bad\.yaml: error: a binary file/m],
  'an alias in its own anchor': [`${bare()}x: &x [*x]\n`, /^bad\.yaml:25: error: \*x is within its own anchor$/m],
  'a document that is cut off': [`${bare()}---\napiVersion: v1\nkind: {`, /^bad\.yaml:2\d: error: /m]
}

for (const [fact, [content, says]] of Object.entries(unreadable)) {
  void t.test(`${fact} makes the run incomplete, the file stays, and others are fixed`, async (test) => {
    folderWith(test, { 'bad.yaml': content, 'web.yaml': bare() })
    const { status, stderr } = await look(fix, ['bad.yaml'])
    test.equal(status, 3)
    test.match(stderr, says)
    test.notMatch(stderr, /\n +at /)
    test.strictSame(readFileSync('bad.yaml'), Buffer.from(content))
    await look(fix, ['.'])
    test.not(text('web.yaml'), bare())
  })
}

void t.test('nothing found makes the run incomplete', async (test: Test) => {
  folderWith(test, {})
  for (const args of [[], ['none.yaml']]) test.equal((await look(fix, args)).status, 3)
})

void t.test('a file of 100 MiB is named, and not read', async (test) => {
  folderWith(test, { 'large.yaml': '' })
  truncateSync('large.yaml', 100 * 1024 * 1024)
  const { status, stderr } = await look(fix, ['large.yaml'])
  test.equal(status, 3)
  test.match(stderr, /^large\.yaml: error: larger than 32 MiB$/m)
})

void t.test('ten thousand documents and a bomb of aliases end', async (test) => {
  const levels = Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`)
  folderWith(test, { 'bomb.yaml': `apiVersion: v1\nkind: A\na0: &a0 [x]\n${levels.join('\n')}\n` })
  writeFileSync('many.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n'.repeat(10_000))
  const { status, stderr } = await look(fix, [])
  test.equal(status, 3)
  test.match(stderr, /^bomb\.yaml:1: error: its aliases stand for more than 400000 values$/m)
  test.notMatch(stderr, /\n +at /)
})
