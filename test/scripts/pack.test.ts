import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import manifest from '../../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '../..')

/** As someone has it who has never seen this checkout: no network, no cache, no settings of npm, the Node release of the tests. */
function away(test: Test) {
  const folder = test.testdir({ 'package.json': '{ "private": true }' })
  const env = {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: folder,
    npm_config_cache: join(folder, '.npm'),
    npm_config_offline: 'true',
    npm_config_audit: 'false',
    npm_config_update_notifier: 'false'
  }
  return { cwd: folder, env, encoding: 'utf8' } as const
}

/** The bytes of code that a file loads before it does anything: its own, and those of all that it imports statically. */
function loadedAtStart(file: string, seen = new Set<string>()): number {
  if (seen.has(file)) return 0
  seen.add(file)
  const code = readFileSync(file, 'utf8')
  const imports = [...code.matchAll(/(?:from|import)"(\.[^"]+)"/g)].map(([, name = '']) => join(dirname(file), name))
  return imports.reduce((bytes, imported) => bytes + loadedAtStart(imported, seen), code.length)
}

interface Packed {
  name: string
  bin: Record<string, string>
  engines: Record<string, string>
}

void t.test('the package is installed from its tarball, and runs without anything beside it', (test) => {
  const options = away(test)
  const folder = options.cwd
  const packed = execFileSync(process.execPath, [join(root, 'scripts/pack.ts'), folder], options).trim()
  test.equal(packed, `holdfast-${manifest.version}.tgz`)
  execFileSync('npm', ['install', `./${packed}`], options)
  const installed = join(folder, 'node_modules/holdfast')
  const { name, bin, engines, ...rest } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Packed
  test.strictSame(
    { name, bin, engines },
    { name: 'holdfast', bin: { holdfast: 'holdfast.js' }, engines: manifest.engines }
  )
  for (const key of ['dependencies', 'optionalDependencies', 'scripts']) test.notOk(key in rest, `no ${key}`)
  test.strictSame(readdirSync(installed).toSorted(), [
    'LICENSE',
    'README.md',
    'THIRD-PARTY-LICENSES',
    'chunks',
    'holdfast.js',
    'package.json'
  ])
  test.strictSame(
    readdirSync(join(folder, 'node_modules')).filter((entry) => !entry.startsWith('.')),
    ['holdfast'],
    'nothing comes with it'
  )
  test.ok(loadedAtStart(join(installed, 'holdfast.js')) < 32_000, 'help needs no library')
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('npx', ['holdfast', ...args], options)
    return { status, stdout, stderr }
  }
  test.match(run('--help'), { status: 0, stdout: /^Holdfast keeps workloads up/, stderr: '' })
  test.strictSame(run('version'), { status: 0, stdout: `holdfast ${manifest.version}\n`, stderr: '' })
  const refused = run('webhook', '--kubeconfig', 'nowhere')
  test.match(refused, { status: 2, stderr: /tls\.certificateFile/ }, 'a part that is loaded later')
  test.end()
})

void t.test('the licences of what is bundled come with it', (test) => {
  const options = away(test)
  const packed = execFileSync(process.execPath, [join(root, 'scripts/pack.ts'), options.cwd], options).trim()
  execFileSync('tar', ['xzf', packed], options)
  const text = readFileSync(join(options.cwd, 'package/THIRD-PARTY-LICENSES'), 'utf8')
  for (const name of Object.keys(manifest.dependencies)) test.match(text, new RegExp(`^${name} [\\d.]+ \\(`, 'm'), name)
  test.end()
})
