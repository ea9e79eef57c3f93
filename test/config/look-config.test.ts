import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { findLookConfig } from '../../src/config/look-config.ts'
import { parseFlags } from '../../src/config/flags.ts'
import { ConfigError } from '../../src/config/problems.ts'
import { lintFlags } from '../../src/commands/lint.ts'
import { fewPolicies } from './policies.ts'

/** Files below a folder, and what is found from another one. */
function world(test: Test, files: Readonly<Record<string, string>>) {
  const root = test.testdir()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const find = (from: string, ...args: readonly string[]) => {
    const cwd = join(root, from)
    mkdirSync(cwd, { recursive: true })
    return findLookConfig(fewPolicies, parseFlags(args, lintFlags), cwd)
  }
  const problemsOf = (from: string, ...args: readonly string[]) => {
    try {
      find(from, ...args)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return error.problems
    }
    return []
  }
  return { root, find, problemsOf }
}

void t.test('the nearest file up to the root of the repository is read', (test) => {
  const { root, find } = world(test, {
    '.holdfast.yaml': 'profile: baseline',
    'repo/.git/HEAD': '',
    'repo/.holdfast.yaml': 'profile: critical',
    'repo/deploy/.holdfast.yaml': 'serverVersion: "1.30"'
  })
  const inner = find('repo/deploy/prod')
  test.match(inner, { file: '../.holdfast.yaml', folder: join(root, 'repo/deploy') })
  test.match(inner.config, { profile: 'standard', serverVersion: { major: 1, minor: 30 } })
  test.match(find('repo/charts'), { file: '../.holdfast.yaml', config: { profile: 'critical' } })
  test.match(find('repo'), { file: '.holdfast.yaml', folder: join(root, 'repo') })
  test.end()
})

void t.test('what lies above the repository is not read, nor above a folder of none', (test) => {
  const { root, find } = world(test, { '.holdfast.yaml': 'profile: baseline', 'repo/.git': 'gitdir: ../x' })
  test.match(find('repo/deploy'), {
    file: undefined,
    folder: join(root, 'repo/deploy'),
    config: { profile: 'standard' }
  })
  test.end()
})

void t.test('a flag names another file, or none, and goes before the file', (test) => {
  const { find, problemsOf } = world(test, {
    '.holdfast.yaml': 'profile: baseline',
    'x/other.yaml': 'profile: critical'
  })
  test.match(find('.', '--config', 'x/other.yaml'), { file: 'x/other.yaml', config: { profile: 'critical' } })
  test.match(find('.', '--no-config'), { file: undefined, config: { profile: 'standard' } })
  test.match(find('.', '--profile', 'critical', '--server-version', 'v1.31.4-eks'), {
    config: { profile: 'critical', serverVersion: { major: 1, minor: 31 } }
  })
  test.strictSame(problemsOf('.', '--config', 'x/other.yaml', '--no-config'), [
    '--no-config: cannot be used with --config'
  ])
  test.strictSame(problemsOf('.', '--server-version', 'new'), [
    '--server-version: "new" is not a Kubernetes version such as "1.33"'
  ])
  test.strictSame(problemsOf('.', '--config', 'none.yaml'), ['none.yaml: no such file'])
  test.end()
})

void t.test('what is wrong names file, line and column, everything at once', (test) => {
  const { problemsOf } = world(test, {
    '.holdfast.yaml': `profile: critcal
server: { port: 1 }
exemptions: { forbidden: [min-replicas] }
lint:
  exemptions:
    - policy: min-replicas
      reason: one writer
    - policy: readines-probe
      reason: ""
      until: 2027-02-30
      nmae: web
`
  })
  test.strictSame(problemsOf('.'), [
    '.holdfast.yaml:1:1: profile: "critcal" is not one of baseline, standard, critical; did you mean critical?',
    '.holdfast.yaml:8:7: lint.exemptions[1].policy: "readines-probe" is not a policy id; did you mean readiness-probe?',
    '.holdfast.yaml:9:7: lint.exemptions[1].reason: "" is not a text that gives the reason',
    '.holdfast.yaml:10:7: lint.exemptions[1].until: "2027-02-30" is not a date such as 2027-01-31',
    '.holdfast.yaml:11:7: lint.exemptions[1].nmae: no such key; did you mean name?',
    '.holdfast.yaml:2:1: server: no such key; did you mean serverVersion?'
  ])
  const forbidden = world(test, {
    '.holdfast.yaml': `exemptions: { forbidden: [min-replicas] }
lint: { exemptions: [{ policy: min-replicas, reason: one writer }] }
`
  })
  test.strictSame(forbidden.problemsOf('.'), [
    '.holdfast.yaml:2:24: lint.exemptions[0].policy: exemptions from min-replicas are forbidden here'
  ])
  const broken = world(test, { '.holdfast.yaml': 'lint: {}\nlint: {}\n' })
  test.strictSame(broken.problemsOf('.'), ['.holdfast.yaml:2:1: duplicate key'])
  test.end()
})

void t.test('a file with the wrong ending is not passed over', (test) => {
  const { problemsOf } = world(test, { '.holdfast.yml': '' })
  test.strictSame(problemsOf('.'), ['.holdfast.yml: is not read; rename it to .holdfast.yaml'])
  test.end()
})
