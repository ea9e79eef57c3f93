import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import manifest from '../../package.json' with { type: 'json' }
import { away, packInto } from '../support/packed.ts'

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
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const packed = packInto(folder, options)
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
  test.match(run('--help'), { status: 0, stdout: /^Holdfast keeps workloads up/, stderr: /^$/ })
  test.strictSame(run('version'), { status: 0, stdout: `holdfast ${manifest.version}\n`, stderr: '' })
  writeFileSync(join(folder, 'web.yaml'), readFileSync(join(import.meta.dirname, '../../docs/examples/web.yaml')))
  test.match(run('lint', 'web.yaml', '--format', 'line'), {
    status: 1,
    stdout: /^web\.yaml:14:11: required: deployment/m
  })
  test.match(run('explain', 'min-replicas'), { status: 0, stdout: /^# `min-replicas`\n/ })
  const refused = run('webhook', '--kubeconfig', 'nowhere')
  test.match(refused, { status: 2, stderr: /tls\.certificateFile/ }, 'a part that is loaded later')
  test.end()
})

void t.test('the licences of what is bundled come with it', (test) => {
  const options = away(test)
  const packed = packInto(options.cwd, options)
  execFileSync('tar', ['xzf', packed], options)
  const text = readFileSync(join(options.cwd, 'package/THIRD-PARTY-LICENSES'), 'utf8')
  for (const name of Object.keys(manifest.dependencies)) test.match(text, new RegExp(`^${name} [\\d.]+ \\(`, 'm'), name)
  test.end()
})
