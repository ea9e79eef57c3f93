import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { lint, lintFlags } from '../../src/commands/lint.ts'
import { formatNames } from '../../src/commands/look/look-flags.ts'
import { failLevels } from '../../src/report/summary.ts'
import { budgetYaml, deploymentYaml, folderWith, look } from './look-here.ts'
import { holdfast } from './process.ts'

const run = (...args: readonly string[]) => look(lint, args)

const fine = `${deploymentYaml('web')}---\n${budgetYaml('web')}`
const required = `${deploymentYaml('web', { probe: false })}---\n${budgetYaml('web')}`
const advised = deploymentYaml('web')
const broken = 'apiVersion: v1\nkind: [\n'

interface Case {
  files: Readonly<Record<string, string | Uint8Array>>
  args?: readonly string[]
  codes: readonly number[]
}

/** The exit codes for each of `failLevels`. */
const codes: Readonly<Record<string, Case>> = {
  'nothing to find': { files: { 'a.yaml': fine }, codes: [0, 0, 0, 0] },
  'something unknown': {
    files: { 'a.yaml': fine.replace('replicas: 2', 'replicas: 1') },
    args: ['--partial'],
    codes: [0, 0, 1, 0]
  },
  'something advised': { files: { 'a.yaml': advised }, codes: [0, 1, 1, 0] },
  'something required': { files: { 'a.yaml': required }, codes: [1, 1, 1, 0] },
  'a file that is no YAML': { files: { 'a.yaml': fine, 'b.yaml': broken }, codes: [3, 3, 3, 3] },
  'a file that is no YAML beside something required': {
    files: { 'a.yaml': required, 'b.yaml': broken },
    codes: [3, 3, 3, 3]
  },
  'an object that the API server refuses': {
    files: { 'a.yaml': fine.replace('replicas: 2', 'replicas: two') },
    codes: [3, 3, 3, 3]
  },
  'no object at all': { files: { 'values.yaml': 'replicas: 2\n' }, codes: [3, 3, 3, 3] },
  'no file at all': { files: { 'README.md': '' }, codes: [3, 3, 3, 3] },
  'a binary file': { files: { 'a.yaml': new Uint8Array([0x41, 0, 0x80, 0xff, 0]) }, codes: [3, 3, 3, 3] },
  'objects of which none is judged': {
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n' },
    codes: [0, 0, 0, 0]
  }
}
void t.test('exit codes', async (test) => {
  for (const [what, { files, args = [], codes: expected }] of Object.entries(codes)) {
    await test.test(what, async (one) => {
      folderWith(one, files)
      for (const [index, level] of failLevels.entries()) {
        const { status } = await run(...args, '--fail-on', level)
        one.equal(status, expected[index], level)
      }
    })
  }
})

void t.test('no format changes the exit code', async (test) => {
  folderWith(test, { 'a.yaml': required, 'fine/a.yaml': fine, 'broken/b.yaml': broken })
  for (const format of formatNames) {
    test.equal((await run('--format', format, 'a.yaml')).status, 1, format)
    test.equal((await run('--format', format, 'a.yaml', 'broken')).status, 3, format)
  }
})

const wrong: readonly (readonly [args: readonly string[], stderr: string])[] = [
  [
    ['--fail-on', 'requierd'],
    '--fail-on: "requierd" is not one of required, advised, unknown, never; did you mean required?\n'
  ],
  [['--fromat', 'line'], '--fromat: no such flag; did you mean --format?\n'],
  [['--format', 'lines'], '--format: "lines" is not one of'],
  [['--namespace', 'A b'], '--namespace: "A b" is not the name of a namespace\n'],
  [[''], 'one path is empty; leave it out for the working directory\n'],
  [['--report', 'line'], '--report: write line=FILE\n'],
  [['--report', 'lnie=x'], '--report: "lnie" is not one of'],
  [['--report', 'line=none/x'], '--report: none/x: cannot be written: ENOENT\n'],
  [
    ['--profile', 'critcal'],
    '--profile: "critcal" is not one of baseline, standard, critical; did you mean critical?\n'
  ],
  [['--config', 'none.yaml'], 'none.yaml: no such file\n'],
  [['--facts', 'none.json'], 'none.json: cannot be read: ENOENT\n'],
  [['--facts', 'a.yaml'], 'a.yaml: not JSON, as holdfast facts writes it\n'],
  [['--baseline', 'none'], 'none: no such file\n'],
  [['--write-baseline'], '--write-baseline: needs --baseline <file>\n'],
  [
    ['--baseline', 'x', '--write-baseline', '--prune-baseline'],
    '--prune-baseline: cannot be used with --write-baseline\n'
  ],
  [['--explain', 'readines-probe'], 'readines-probe: no such policy; did you mean readiness-probe?\n']
]

void t.test('what is asked wrongly exits 2', async (test) => {
  folderWith(test, { 'a.yaml': fine })
  for (const [args, stderr] of wrong) {
    const ended = await run(...args)
    test.equal(ended.status, 2, args.join(' '))
    test.ok(ended.stderr.startsWith(stderr), ended.stderr)
  }
})

void t.test('help has every flag, and examples', async (test) => {
  const { status, stdout, stderr } = await run('-h')
  test.strictSame([status, stderr], [0, ''])
  for (const { name } of lintFlags) test.match(stdout, new RegExp(`--${name}\\b`), name)
  test.match(stdout, /\nExamples:\n {2}holdfast lint\n/)
  test.ok(
    stdout.split('\n').every((line) => line.length <= 120),
    'in 120 columns'
  )
  test.strictSame(holdfast(['lint', '--help']), { status, stdout, stderr })
})

void t.test('files, folders and standard input are one set', async (test) => {
  folderWith(test, { 'apps/web.yaml': deploymentYaml('web'), 'budgets/web.yaml': budgetYaml('web') })
  test.match(await run('--fail-on', 'advised'), {
    status: 0,
    stdout: '2 files, 2 objects: no findings\n',
    stderr: /^$/
  })
  const alone = await run('apps')
  test.match(alone.stdout, /apps\/web.yaml:7:3 {2}advised {2}Deployment web {2}disruption-budget\n/)
  test.match(await run('--fail-on', 'advised', 'apps/web.yaml', './budgets/web.yaml'), { status: 0 })
})

void t.test('a namespace in the set names its profile, and --namespace is for objects that name none', async (test) => {
  const namespace =
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { holdfast.dev/profile: baseline } }\n'
  folderWith(test, { 'web.yaml': deploymentYaml('web', { probe: false }), 'ns.yaml': namespace })
  test.equal((await run()).status, 1)
  test.match(await run('-n', 'shop'), { status: 0, stdout: '2 files, 1 object: no findings\n' })
  test.equal((await run('--profile', 'baseline')).status, 0)
  test.equal(
    (await run('-n', 'shop', '--profile', 'critical')).status,
    0,
    'the label goes before the flag, as in the webhook'
  )
})

void t.test('a label of a namespace that has no effect is a note', async (test) => {
  const namespace =
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { holdfast.dev/mode: enforced } }\n'
  folderWith(test, { 'ns.yaml': namespace })
  test.match(await run(), {
    status: 0,
    stdout: '1 file, 0 objects: no findings\n',
    stderr: /^ns\.yaml:3: namespace\/shop: label holdfast\.dev\/mode names no mode, .*; did you mean enforce\?\n$/
  })
})

void t.test('the same files give the same bytes, whatever the order of the arguments', async (test) => {
  folderWith(test, {
    'a.yaml': required,
    'b.yaml': required.replaceAll('web', 'api'),
    'c.yaml': advised.replaceAll('web', 'x')
  })
  const { stdout } = await run('a.yaml', 'b.yaml', 'c.yaml')
  test.equal((await run('c.yaml', 'b.yaml', 'a.yaml')).stdout, stdout)
  test.equal((await run()).stdout, stdout)
})

void t.test('standard output has the report alone, in every place that is asked for', async (test) => {
  folderWith(test, {
    'a.yaml': `${required}---\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: { name: old }\n`
  })
  const ended = await run('--report', 'line=out.txt', '--report', 'human=out.human', '--color', 'always')
  test.match(ended.stdout, '\u001b[31mrequired')
  test.match(ended.stderr, /^a\.yaml:\d+: policy\/v1beta1 PodDisruptionBudget is not judged: .*; write policy\/v1\n$/)
  test.match(readFileSync('out.txt', 'utf8'), /^a\.yaml:\d+:\d+: required: deployment\/web: \[readiness-probe\] .*\n$/)
  test.notMatch(readFileSync('out.human', 'utf8'), '\u001b')
  test.equal((await run('-q')).stderr, '')
  test.match((await run('-v')).stderr, /^no configuration file\n/)
})

async function isColoured(args: readonly string[], environment: Record<string, string>, isTerminal: boolean) {
  return (await look(lint, args, { environment, isTerminal })).stdout.includes('\u001b')
}

void t.test('colour', async (test) => {
  folderWith(test, { 'a.yaml': required })
  test.equal(await isColoured([], {}, false), false)
  test.equal(await isColoured([], {}, true), true)
  test.equal(await isColoured([], { NO_COLOR: '1' }, true), false)
  test.equal(await isColoured([], { NO_COLOR: '' }, true), true)
  test.equal(await isColoured([], { TERM: 'dumb' }, true), false)
  test.equal(await isColoured([], { FORCE_COLOR: '1' }, false), true)
  test.equal(await isColoured([], { FORCE_COLOR: '1', NO_COLOR: '1' }, false), true)
  test.equal(await isColoured([], { FORCE_COLOR: '0' }, true), false)
  test.equal(await isColoured(['--color', 'never'], { FORCE_COLOR: '1' }, true), false)
  test.equal(await isColoured(['--color=always'], { NO_COLOR: '1' }, false), true)
})

function exemptUntil(day: string): string {
  return required.replace(
    '  name: web\n',
    `  name: web\n  annotations: { holdfast.dev/exempt.readiness-probe: a queue, holdfast.dev/exempt-until: "${day}" }\n`
  )
}

void t.test('exemptions that have ended are listed, and count for nothing', async (test) => {
  folderWith(test, { 'ended.yaml': exemptUntil('2026-11-28'), 'today.yaml': exemptUntil('2026-11-29') })
  const { status, stdout } = await run('ended.yaml')
  test.equal(status, 1)
  test.match(stdout, /Without effect\n {2}ended\.yaml:\d+: deployment\/web: its exemptions ended on 2026-11-28\n/)
  test.notMatch((await run('today.yaml')).stdout, 'Without effect', 'on their last day they count')
})

void t.test('the configuration excludes files, and exempts objects', async (test) => {
  const config = `lint:
  exclude: [vendor/**]
  exemptions:
    - { policy: readiness-probe, kind: Deployment, name: w*, paths: [apps/**], reason: of a chart, until: 2027-01-31 }
    - { policy: min-replicas, name: nobody, reason: gone }
    - { policy: readiness-probe, name: api, reason: it has ended, until: 2026-11-28 }
`
  folderWith(test, {
    '.holdfast.yaml': config,
    '.git/HEAD': '',
    'apps/web.yaml': required,
    'vendor/x.yaml': required.replaceAll('web', 'x')
  })
  const ended = await run()
  test.match(ended, { status: 0, stdout: /2 files?|1 file, 2 objects: no findings; 1 exempt\n$/ })
  test.match(ended.stdout, '.holdfast.yaml: lint.exemptions[1] (min-replicas) matches nothing\n')
  test.match(ended.stdout, '.holdfast.yaml: lint.exemptions[2] (readiness-probe) ended on 2026-11-28\n')
  test.match((await run('--no-config', '.')).status, 1)
  mkdirSync('deep/er', { recursive: true })
  process.chdir('deep/er')
  test.match(await run('../../apps', '../../vendor'), {
    status: 0,
    stdout: /1 file, 2 objects: no findings; 1 exempt/
  })
})

/** What is required, exempt from a policy. */
function annotated(policy: string): string {
  const annotations = `{ holdfast.dev/exempt.${policy}: its sidecar probes }`
  return required.replace('  name: web\n', `  name: web\n  annotations: ${annotations}\n`)
}

void t.test('an annotation exempts, and remarks on it are notes', async (test) => {
  folderWith(test, {
    'a.yaml': annotated('readiness-probe'),
    'b/b.yaml': annotated('readines-probe').replaceAll('web', 'api')
  })
  test.match(await run('a.yaml'), { status: 0, stdout: '1 file, 2 objects: no findings; 1 exempt\n', stderr: /^$/ })
  test.match(await run('b'), {
    status: 1,
    stderr:
      'b/b.yaml:5: deployment/api: holdfast.dev/exempt.readines-probe names no policy, so it has no effect; did you mean readiness-probe?\n'
  })
})

function entriesIn(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '')
}

void t.test('a baseline is written, covers what it lists, says what is stale, and is pruned', async (test) => {
  folderWith(test, { 'a.yaml': required, 'b.yaml': required.replaceAll('web', 'api') })
  const written = await run('--baseline', 'base', '--write-baseline')
  test.match(written, { status: 0, stdout: /no findings; 2 in the baseline\n$/, stderr: 'base: 2 entries written\n' })
  test.strictSame(entriesIn('base'), [
    'readiness-probe apps/Deployment api api',
    'readiness-probe apps/Deployment web web'
  ])
  test.equal((await run('--baseline', 'base')).status, 0)
  writeFileSync('b.yaml', fine.replaceAll('web', 'api'))
  writeFileSync('c.yaml', required.replaceAll('web', 'new'))
  const later = await run('--baseline', 'base')
  test.match(later, { status: 1, stdout: 'base: readiness-probe apps/Deployment api api\n' })
  const pruned = await run('--baseline', 'base', '--prune-baseline')
  test.match(pruned, { status: 1, stderr: 'base: 1 entry written\n' }, 'what is new is not added')
  test.strictSame(entriesIn('base'), ['readiness-probe apps/Deployment web web'])
  writeFileSync('.holdfast.yaml', 'lint: { baseline: base }\n')
  test.match(await run('a.yaml', 'b.yaml'), { status: 0, stdout: /1 in the baseline/ })
})

function factsJson(objects: readonly unknown[], missing = {}): string {
  return JSON.stringify({ apiVersion: 'holdfast.dev/v1', kind: 'Facts', missing, objects })
}

void t.test('facts of a cluster fill in what files lack', async (test) => {
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } }
  }
  folderWith(test, {
    'a.yaml': advised,
    'facts.json': factsJson([budget]),
    'none.json': factsJson([]),
    'part.json': factsJson([], { budgets: 'forbidden' })
  })
  test.match(await run('a.yaml', '--facts', 'facts.json', '--fail-on', 'advised'), { status: 0 })
  test.match(await run('a.yaml', '--facts', 'none.json', '--fail-on', 'advised'), { status: 1 })
  test.match(await run('a.yaml', '--facts', 'part.json', '--fail-on', 'advised'), { status: 0 })
})

void t.test(
  'templates of charts and patches of kustomizations are left alone, and the notes say what to run',
  async (test) => {
    const patch = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { replicas: 1 }\n'
    folderWith(test, {
      'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'chart/values.yaml': 'replicas: 1\n',
      'chart/templates/web.yaml': 'kind: {{ .Values.kind }\n',
      'chart/charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
      'chart/charts/db/templates/db.yaml': '{{ if }}',
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': fine,
      'prod/kustomization.yaml':
        'resources: [../base]\npatches: [{ path: replicas.yaml }, { path: more.yaml }]\npatchesStrategicMerge: [old.yaml]\n',
      'prod/replicas.yaml': patch,
      'prod/more.yaml': patch,
      'prod/old.yaml': patch
    })
    test.match(await run(), {
      status: 0,
      stdout: '4 files, 2 objects: no findings\n',
      stderr: `chart: a chart, whose templates are left alone; try: helm template chart | holdfast lint -
prod: a kustomization, whose patches are left alone; try: kubectl kustomize prod | holdfast lint -
`
    })
  }
)

/** A program that prints its arguments and a text; or fails. */
function tool(text: string, code = 0): string {
  return `#!/bin/sh\necho "# Source: chart/templates/web.yaml"\ncat <<'END'\n${text}END\necho "${code === 0 ? '' : 'Error: no such value'}" >&2\nexit ${code}\n`
}

void t.test('--render judges what Helm and kustomize make, instead of what they make it of', async (test) => {
  const folder = folderWith(test, {
    'bin/helm': tool(required),
    'bin/kubectl': tool(fine.replaceAll('web', 'api')),
    'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
    'chart/templates/web.yaml': '{{ fail }}\n',
    'base/kustomization.yaml': 'resources: [api.yaml]\n',
    'base/api.yaml': advised,
    'prod/kustomization.yaml': 'resources: [../base]\n'
  })
  for (const name of ['helm', 'kubectl']) chmodSync(`bin/${name}`, 0o755)
  const path = process.env['PATH']
  test.teardown(() => (process.env['PATH'] = path))
  process.env['PATH'] = `${folder}/bin:${path}`
  const rendered = await run('--render', '--format', 'line', 'chart', 'base', 'prod')
  test.match(rendered, {
    status: 1,
    stderr: /^$/,
    stdout: /^chart\/templates\/web\.yaml:1:1: required: deployment\/web: .*\n$/
  })
  test.match((await run('--render', '--format', 'json', 'prod', 'base', 'chart')).stdout, '"fixable": false')
  writeFileSync('bin/helm', tool('', 1))
  test.match(await run('--render', 'chart'), {
    status: 3,
    stdout: /chart\/Chart\.yaml: helm template chart: Error: no such value\n/
  })
  process.env['PATH'] = '/nowhere'
  test.match(await run('--render', 'prod'), {
    status: 3,
    stdout: /prod\/kustomization\.yaml: kubectl kustomize prod: is not installed\n/
  })
})

void t.test('paths are as they are seen from the working directory', async (test) => {
  folderWith(test, { 'a/web.yaml': required, 'b/x': '' })
  process.chdir('b')
  symlinkSync('../a', 'a')
  test.match((await run('--format', 'line', '../a/../a/web.yaml')).stdout, /^\.\.\/a\/web\.yaml:21:11: required: /)
  test.match((await run('--format', 'line', `${process.cwd()}/../a/web.yaml`)).stdout, /^\.\.\/a\/web\.yaml:21:11: /)
})
