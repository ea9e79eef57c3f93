import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import t from 'tap'
import { parseArguments, usage, WrongUse } from '../../scripts/new-policy/arguments.ts'
import { listWith, nameOf } from '../../scripts/new-policy/list.ts'

const root = join(import.meta.dirname, '../..')
const notCopied: ReadonlySet<string> = new Set(['node_modules', '.git', '.tap', 'dist', 'dev-certs'])
/** A copy of the project, outside of its folder: the linter skips what git ignores there. */
const project = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-policy-')))
t.teardown(() => rmSync(project, { recursive: true }))
cpSync(root, project, { recursive: true, filter: (path) => path === root || !notCopied.has(basename(path)) })
symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))

/** Runs Node by way of `env`: the runner of tap preloads modules into every Node that a test starts, and tsc does not load after them. */
function run(...command: readonly string[]) {
  const args = ['-u', 'NODE_OPTIONS', process.execPath, ...command]
  const { status, stdout, stderr } = spawnSync('env', args, { cwd: project, encoding: 'utf8' })
  return { status, stdout, stderr }
}

function bin(name: string): string {
  return join('node_modules/.bin', name)
}

function newPolicy(...args: readonly string[]) {
  return run('scripts/new-policy.ts', ...args)
}

function read(file: string): string {
  return readFileSync(join(project, file), 'utf8')
}

/** The files of the copy that could be written to, and what is in them. */
function contents(): ReadonlyMap<string, string> {
  const entries = ['deploy', 'docs', 'scripts', 'src', 'test'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, withFileTypes: true })
  )
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return new Map(files.map((file) => [relative(project, file), readFileSync(file, 'utf8')]))
}

function changedSince(before: ReadonlyMap<string, string>): readonly string[] {
  const after = contents()
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].filter((name) => before.get(name) !== after.get(name)).toSorted()
}

const wrong: Readonly<Record<string, { args: readonly string[]; says: string }>> = {
  'no id': { args: [], says: 'the id of the policy is missing' },
  'two ids': { args: ['one-thing', 'other-thing'], says: 'one id at a time, not one-thing other-thing' },
  capitals: { args: ['Min-Pods'], says: '"Min-Pods" is not an id: write two or more words in kebab-case' },
  'one word': { args: ['delete'], says: '"delete" is not an id: write two or more words in kebab-case' },
  'a path': { args: ['../min-pods'], says: '"../min-pods" is not an id: write two or more words in kebab-case' },
  'a file': { args: ['min-pods.ts'], says: '"min-pods.ts" is not an id: write two or more words in kebab-case' },
  'a name too long for an annotation': {
    args: [`a-${'b'.repeat(55)}`],
    says: `a-${'b'.repeat(55)} has 57 characters: at most 28 are allowed`
  },
  'an unknown flag': { args: ['min-pods', '--before', 'x'], says: "Unknown option '--before'" }
}

for (const [what, { args, says }] of Object.entries(wrong)) {
  void t.test(`refuses ${what}`, async (test) => {
    test.throws(() => parseArguments(args), new WrongUse(says))
  })
}

void t.test('what is wrongly asked for writes nothing', async (test) => {
  const before = contents()
  const of = (args: readonly string[], says: string) => {
    const { status, stdout, stderr } = newPolicy(...args)
    test.strictSame({ status, stdout, stderr }, { status: 2, stdout: '', stderr: `new:policy: ${says}\n\n${usage}\n` })
  }
  of([], 'the id of the policy is missing')
  of(['min-replicas'], 'min-replicas is taken: src/policies/min-replicas.ts exists')
  of(['policy-of-a-test', '--after', 'nothing'], '--after nothing: no such policy in src/policies/index.ts')
  test.strictSame(changedSince(before), [])
})

void t.test('its help goes to stdout', async (test) => {
  test.strictSame(newPolicy('-h'), { status: 0, stdout: `${usage}\n`, stderr: '' })
})

void t.test('a page without its policy is not overwritten', async (test) => {
  writeFileSync(join(project, 'docs/policies/lost-page.md'), 'kept')
  test.match(newPolicy('lost-page'), { status: 2, stderr: /lost-page is taken: docs\/policies\/lost-page\.md exists/ })
  test.equal(read('docs/policies/lost-page.md'), 'kept')
  rmSync(join(project, 'docs/policies/lost-page.md'))
})

void t.test('a policy as it is written passes what every policy has to', async (test) => {
  const before = contents()
  test.match(newPolicy('policy-of-a-test'), { status: 0, stderr: /^$/ })
  test.strictSame(changedSince(before), [
    'deploy/chart/values.schema.json',
    'docs/config.schema.json',
    'docs/configuration.md',
    'docs/lint.schema.json',
    'docs/policies/README.md',
    'docs/policies/policy-of-a-test.md',
    'src/policies/index.ts',
    'src/policies/policy-of-a-test.ts',
    'test/policies/policy-of-a-test.test.ts'
  ])
  const written = [
    'src/policies/policy-of-a-test.ts',
    'test/policies/policy-of-a-test.test.ts',
    'src/policies/index.ts'
  ]
  const settings = JSON.parse(read('tsconfig.json')) as Record<string, unknown>
  // The rest is checked elsewhere.
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ ...settings, include: written }))
  const commands = [
    [bin('tsc')],
    [bin('oxlint'), '--type-aware', '--deny-warnings', ...written],
    [bin('oxfmt'), '--check', ...written],
    ['scripts/schema.ts', '--check'],
    [
      '--import=./test/policies/policy-of-a-test.test.ts',
      '--import=./test/contract/ids.test.ts',
      'test/contract/docs.test.ts'
    ]
  ]
  for (const command of commands) {
    const { status, stdout, stderr } = run(...command)
    test.equal(status, 0, command.join(' '))
    if (status !== 0) test.comment(stdout + stderr)
  }
})

/** A list of policies as src/policies/index.ts has it. */
function listOf(imported: readonly string[], listed: readonly string[]): string {
  const imports = imported.map((id) => `import { ${nameOf(id)} } from './${id}.ts'`)
  const head = ["import type { Policy } from '../engine/policy.ts'", ...imports, '', '/** In order. */']
  const names = listed.map((id) => `  ${nameOf(id)}`)
  return [...head, 'export const policies: readonly Policy[] = [', names.join(',\n'), ']', ''].join('\n')
}

void t.test('the list gets one more, and its imports stay in the order of their ids', async (test) => {
  const list = listOf(['big-apple', 'dry-plum'], ['dry-plum', 'big-apple'])
  const between = listOf(['big-apple', 'cold-pear', 'dry-plum'], ['dry-plum', 'cold-pear', 'big-apple'])
  test.equal(listWith(list, 'cold-pear', 'dry-plum'), between)
  const last = listOf(['big-apple', 'dry-plum', 'zero-figs'], ['dry-plum', 'big-apple', 'zero-figs'])
  test.equal(listWith(list, 'zero-figs'), last)
  test.equal(listWith(list, 'zero-figs', 'no-such'), undefined)
})
