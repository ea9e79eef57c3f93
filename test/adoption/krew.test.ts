import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import manifest from '../../package.json' with { type: 'json' }
import { textOf } from '../contract/tree.ts'
import { away, packInto } from '../support/packed.ts'

interface Plugin {
  metadata: { name: string }
  spec: {
    version: string
    shortDescription: string
    platforms: readonly { uri: string; sha256: string; bin: string; files: readonly { from: string; to: string }[] }[]
  }
}

const uri = `https://example.com/holdfast-${manifest.version}.tgz`

void t.test('the manifest for krew, filled in, installs kubectl holdfast', (test) => {
  const options = away(test)
  const tarball = join(options.cwd, packInto(options.cwd, options))
  const sha256 = createHash('sha256').update(readFileSync(tarball)).digest('hex')
  const values: Readonly<Record<string, string>> = { version: manifest.version, uri, sha256 }
  const filled = textOf('deploy/krew/holdfast.yaml').replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? '')
  const { metadata, spec } = parse(filled) as Plugin
  test.equal(metadata.name, 'holdfast')
  test.equal(spec.version, `v${manifest.version}`)
  test.ok(spec.shortDescription.length <= 50, 'krew wants it short')
  const [platform, ...others] = spec.platforms
  if (platform === undefined) throw new Error('no platform')
  test.strictSame(others, [])
  test.match(platform, { uri, sha256, bin: 'holdfast.js' })

  // As krew does it: unpack, move the files, and link the program.
  const [unpacked, installed] = [join(options.cwd, 'unpacked'), join(options.cwd, 'installed')]
  for (const folder of [unpacked, installed]) mkdirSync(folder)
  execFileSync('tar', ['xzf', tarball, '-C', unpacked])
  for (const { from, to } of platform.files) {
    const found = globSync(join(unpacked, from))
    test.not(found.length, 0, from)
    for (const file of found) renameSync(file, join(installed, to, basename(file)))
  }
  test.match(readFileSync(join(installed, 'LICENSE'), 'utf8'), 'Apache License')
  const plugin = join(options.cwd, 'kubectl-holdfast')
  symlinkSync(join(installed, platform.bin), plugin)
  const help = execFileSync(plugin, ['--help'], options)
  test.match(help, '\nUsage: kubectl holdfast <command> [flags]\n')
  test.equal(execFileSync(plugin, ['version'], options), `holdfast ${manifest.version}\n`)
  test.end()
})
