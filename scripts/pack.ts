// Packs the command line as an npm package of its own, `dist/holdfast-<version>.tgz` or into the folder given: bundled, in parts that are
// loaded when they are needed, without dependencies. Prints the path of the tarball.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { build, type Metafile } from 'esbuild'
import manifest from '../package.json' with { type: 'json' }
import { programBundle } from './bundle.ts'

const root = join(import.meta.dirname, '..')
const [destination = join(root, 'dist')] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-pack-'))

try {
  const { metafile } = await build({
    ...programBundle,
    absWorkingDir: root,
    entryPoints: { holdfast: 'src/main.ts' },
    outdir: folder,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'none',
    metafile: true
  })
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('package.json', `${JSON.stringify(packageJson(), null, 2)}\n`)
  write('README.md', readFileSync(join(root, 'deploy/npm/README.md'), 'utf8'))
  write('LICENSE', readFileSync(join(root, 'LICENSE'), 'utf8'))
  write('THIRD-PARTY-LICENSES', licencesOf(metafile))
  mkdirSync(destination, { recursive: true })
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', resolve(destination)]
  const [packed] = JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8' })) as { filename: string }[]
  console.log(relative('', join(destination, packed?.filename ?? '')))
} finally {
  rmSync(folder, { recursive: true })
}

function packageJson() {
  const { name, version, description, license, engines } = manifest
  return {
    name,
    version,
    description,
    keywords: ['kubernetes', 'lint', 'availability', 'manifests', 'pod-disruption-budget', 'sarif'],
    license,
    type: 'module',
    bin: { holdfast: 'holdfast.js' },
    files: ['holdfast.js', 'chunks', 'THIRD-PARTY-LICENSES'],
    engines
  }
}

/** The licences of all packages that the bundle holds a part of. Throws where a package has none. */
function licencesOf({ inputs }: Metafile): string {
  const packages = Object.keys(inputs).flatMap((input) => {
    const [found] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []
    return found === undefined ? [] : [found]
  })
  const parts = [...new Set(packages)].toSorted().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Named
    const file = readdirSync(join(root, path)).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry))
    if (license === undefined) throw new Error(`${path}: package.json names no licence`)
    const text = file === undefined ? '' : `\n${readFileSync(join(root, path, file), 'utf8').trim()}\n`
    return `${name} ${version} (${license})\n${text}`
  })
  return parts.join(`\n${'-'.repeat(80)}\n\n`)
}

interface Named {
  name: string
  version: string
  license?: string
}
