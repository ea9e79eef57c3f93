import { parseArgs } from 'node:util'
import t from 'tap'
import { parseOptions as parseBench } from '../../bench/options.ts'
import manifest from '../../package.json' with { type: 'json' }
import { controllerFlags } from '../../src/config/controller-flags.ts'
import { webhookFlags } from '../../src/config/webhook-flags.ts'
import { parseOptions as parseFuzz } from '../fuzz/options.ts'
import { parseOptions as parseProof } from '../proof/options.ts'
import { commandsIn } from '../support/page-commands.ts'
import { markdownFiles } from './pages.ts'
import { filesBelow, textOf } from './tree.ts'

const pages = markdownFiles.filter((file) => !file.startsWith('test/'))
const newcomer = 'test/e2e/newcomer.test.ts'

/** Which test runs the commands of a page, by how they begin. Each test reads the page. */
const runners: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { curl: '.ci/run', kubectl: newcomer },
  'SECURITY.md': { kubectl: newcomer },
  'docs/certificates.md': { kubectl: newcomer },
  'docs/ci.md': { 'npx ./holdfast-0.1.0.tgz': 'test/adoption/walk-through.test.ts' },
  'docs/companions.md': { kubectl: newcomer },
  'docs/install.md': { kubectl: newcomer, helm: newcomer },
  'docs/lint.md': { 'holdfast lint': 'test/commands/lint-page.test.ts', 'cat .': 'test/commands/lint-page.test.ts' },
  'docs/operations.md': { kubectl: newcomer },
  'docs/reports.md': {
    helm: newcomer,
    kubectl: 'test/e2e/background-scan.test.ts',
    'holder=': 'test/e2e/background-scan.test.ts'
  },
  'docs/releasing.md': { sha256sum: 'test/e2e/release.test.ts' },
  'docs/scan.md': { 'holdfast scan': 'test/e2e/scan.test.ts', 'echo $?': 'test/e2e/scan.test.ts' },
  'docs/upgrade.md': {
    'helm upgrade holdfast deploy/chart --namespace holdfast-system --force-conflicts': 'test/e2e/helm-release.test.ts',
    'kubectl --namespace holdfast-system scale': 'test/e2e/helm-release.test.ts',
    helm: newcomer,
    kubectl: newcomer
  }
}

/** The commands that no test runs, by page and how they begin, and why. */
const notRun: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'CONTRIBUTING.md': {
    'kubectl get deployments --all-namespaces -o json | jq': 'needs jq and a cluster with workloads of its own'
  },
  'deploy/npm/README.md': {
    'npx holdfast': 'needs the package in a registry; test/adoption/pack.test.ts installs it from the tarball'
  },
  'docs/ci.md': { 'docker run': 'needs the image, and a container engine' },
  'docs/image.md': {
    'docker build':
      'needs a container engine and two images of a registry; test/e2e/image.test.ts follows the Dockerfile'
  },
  'docs/lint.md': { 'helm template charts/web | holdfast lint -': 'needs a chart of the reader' },
  'docs/releasing.md': { cosign: 'needs cosign and a signature' },
  'docs/reports.md': { 'kubectl port-forward': 'needs a kubelet' }
}

/** What reads the flags of a script; it throws for one that it does not know. */
const parsers: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
  bench: parseBench,
  fuzz: parseFuzz,
  proof: parseProof,
  holdfast: ([command = '', ...args]) => {
    const flags = { webhook: webhookFlags, controller: controllerFlags }[command] ?? []
    const options = Object.fromEntries(flags.map(({ name }) => [name, { type: 'string' as const }]))
    return parseArgs({ args, options })
  }
}

interface Shown {
  readonly file: string
  readonly command: string
}

const shown: readonly Shown[] = pages.flatMap((file) =>
  commandsIn(textOf(file)).map((command) => ({ file, command: command.trim() }))
)

function entryOf(table: typeof runners, { file, command }: Shown): string | undefined {
  const found = Object.entries(table[file] ?? {}).find(([beginning]) => command.startsWith(beginning))
  return found?.[1]
}

/** Npm and Node run what takes minutes, or starts what does not end: here their words are checked. */
function isOurs({ command }: Shown): boolean {
  return /^(?:npm|node_modules\/\.bin\/node) /.test(command)
}

void t.test('every command of a page is run by a test, or is known not to be', (test) => {
  const commandsRun = new Set(shown.filter((one) => entryOf(runners, one) !== undefined).map(({ command }) => command))
  const left = shown.filter(
    (one) => !isOurs(one) && !commandsRun.has(one.command) && entryOf(notRun, one) === undefined
  )
  test.ok(shown.length > 80, `${shown.length} commands`)
  test.strictSame(left, [])
  test.end()
})

void t.test('what is said to run them reads their page, and no entry is left over', (test) => {
  for (const [file, entries] of Object.entries(runners)) {
    for (const [beginning, runner] of Object.entries(entries)) {
      test.ok(textOf(runner).includes(file), `${runner} reads ${file}`)
      test.ok(isShown(file, beginning), `${file}: ${beginning}`)
    }
  }
  for (const [file, entries] of Object.entries(notRun)) {
    for (const beginning of Object.keys(entries)) test.ok(isShown(file, beginning), `${file}: ${beginning}`)
  }
  test.end()
})

function isShown(page: string, beginning: string): boolean {
  return shown.some(({ file, command }) => file === page && command.startsWith(beginning))
}

void t.test('npm knows every script that a command names, and the script its flags', (test) => {
  const scripts: Readonly<Record<string, string>> = manifest.scripts
  const named = shown.filter(({ command }) => command.startsWith('npm '))
  test.ok(named.length > 20, `${named.length} commands`)
  for (const { file, command } of named) {
    for (const part of command.split(' && ')) {
      const [, verb = '', script = verb, rest = ''] = /^npm (?:run )?(([\w:]+))(?: -- (.*))?$/.exec(part) ?? []
      test.ok(script === 'ci' || scripts[script] !== undefined, `${file}: ${part}`)
      checkFlags(script, rest.split(' ').filter(Boolean), `${file}: ${part}`)
    }
  }
  test.end()

  function checkFlags(script: string, args: readonly string[], what: string): void {
    const parse = parsers[script]
    if (parse !== undefined) test.doesNotThrow(() => parse(args), what)
    else {
      const [source = ''] = /\S+\.ts/.exec(scripts[script] ?? '') ?? []
      const flags = args.filter((arg) => arg.startsWith('--'))
      for (const flag of flags) test.ok(textOf(source).includes(`${flag} `), `${what}: ${source} knows ${flag}`)
    }
  }
})

void t.test('every program that Node is to run is there', (test) => {
  const there = new Set(filesBelow('.'))
  const named = pages.flatMap((file) =>
    Array.from(textOf(file).matchAll(/\bnode (?:--?\S+ )*((?!dist\/)[\w./-]+\.[cm]?[jt]s)\b/g), ([, program = '']) => ({
      file,
      program
    }))
  )
  test.ok(named.length > 3, `${named.length} programs`)
  test.strictSame(
    named.filter(({ program }) => !there.has(program)),
    []
  )
  test.end()
})

void t.test('the build arguments of docs/image.md are those of the Dockerfile', (test) => {
  const build = shown.find(({ command }) => command.startsWith('docker build'))
  const named = Array.from(build?.command.matchAll(/--build-arg (\w+)=/g) ?? [], ([, name = '']) => name)
  const declared = new Set(Array.from(textOf('Dockerfile').matchAll(/^ARG (\w+)/gm), ([, name = '']) => name))
  test.ok(named.length > 0)
  for (const name of named) test.ok(declared.has(name), name)
  test.end()
})
