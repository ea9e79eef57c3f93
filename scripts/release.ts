// Writes what a release publishes into a folder: the chart, install.yaml, the npm package, an SBOM, and checksums of them. Nothing is pushed.
//   node scripts/release.ts --image HOST/PATH@sha256:DIGEST [--home URL] [--sources URL] [--out FOLDER]
// The image comes first, because the other files name it by its digest: docs/releasing.md says how it is built.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseDocument } from 'yaml'
import manifest from '../package.json' with { type: 'json' }
import { helm, renderInstall } from './render-install.ts'

const root = join(import.meta.dirname, '..')
const { version } = manifest

interface Image {
  readonly repository: string
  readonly digest: string
}

function settings() {
  const { values } = parseArgs({
    options: {
      image: { type: 'string', default: '' },
      home: { type: 'string' },
      sources: { type: 'string' },
      out: { type: 'string', default: join(root, 'dist/release') }
    }
  })
  const [, repository, digest] = /^([^@\s]+)@(sha256:[0-9a-f]{64})$/.exec(values.image) ?? []
  if (repository === undefined || digest === undefined)
    throw new Error('--image: give it with its digest, as in registry.example/holdfast@sha256:…')
  for (const name of ['home', 'sources'] as const) {
    const url = values[name]
    if (url !== undefined && URL.parse(url)?.protocol !== 'https:') throw new Error(`--${name}: ${url} is no https URL`)
  }
  return { image: { repository, digest }, home: values.home, sources: values.sources, out: resolve(values.out) }
}

/** The chart, with the image that it installs by default and the addresses of the project. */
function packChart(out: string, { repository, digest }: Image, home?: string, sources?: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-release-'))
  try {
    const chart = join(folder, 'holdfast')
    cpSync(join(root, 'deploy/chart'), chart, { recursive: true })
    edit(join(chart, 'Chart.yaml'), [
      ...(home === undefined ? [] : [[['home'], home] as const]),
      ...(sources === undefined ? [] : [[['sources'], [sources]] as const])
    ])
    edit(join(chart, 'values.yaml'), [
      [['image', 'repository'], repository],
      [['image', 'digest'], digest]
    ])
    helm(['package', chart, '--destination', out])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function edit(file: string, values: readonly (readonly [path: readonly string[], value: unknown])[]): void {
  const document = parseDocument(readFileSync(file, 'utf8'))
  for (const [path, value] of values) document.setIn(path, value)
  writeFileSync(file, document.toString({ lineWidth: 0 }))
}

interface BillOfMaterials {
  readonly serialNumber: string
  readonly metadata: { readonly timestamp?: string }
  readonly components: readonly {
    readonly 'bom-ref': string
    readonly properties?: readonly { readonly name: string }[]
  }[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/**
 * The packages that the image is made from, by the lockfile. Without the time and the number of this run, it is the same each time. `--omit=dev`
 * of npm also leaves out what a development dependency shares with the program, so this goes by the marks of npm instead.
 */
function billOfMaterials(): string {
  const args = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only']
  const text = execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const { serialNumber: _, metadata, components, dependencies, ...bom } = JSON.parse(text) as BillOfMaterials
  const { timestamp: __, ...kept } = metadata
  const isOfDevelopment = ({ properties = [] }: BillOfMaterials['components'][number]): boolean =>
    properties.some(({ name }) => name === 'cdx:npm:package:development')
  const omitted = new Set(components.filter(isOfDevelopment).map((component) => component['bom-ref']))
  const whole = {
    ...bom,
    metadata: kept,
    components: components.filter((component) => !omitted.has(component['bom-ref'])),
    dependencies: dependencies
      .filter(({ ref }) => !omitted.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((on) => !omitted.has(on)) }))
  }
  return `${JSON.stringify(whole, null, 2)}\n`
}

function checksums(out: string): string {
  const lines = readdirSync(out)
    .toSorted()
    .map((name) => {
      const hash = createHash('sha256').update(readFileSync(join(out, name)))
      return `${hash.digest('hex')}  ${name}\n`
    })
  return lines.join('')
}

const { image, home, sources, out } = settings()
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
packChart(out, image, home, sources)
writeFileSync(
  join(out, 'install.yaml'),
  renderInstall({ 'image.repository': image.repository, 'image.digest': image.digest })
)
writeFileSync(join(out, `holdfast-${version}.cdx.json`), billOfMaterials())
const npmFolder = join(out, 'npm')
execFileSync(process.execPath, [join(root, 'scripts/pack.ts'), npmFolder], { cwd: root, stdio: 'ignore' })
cpSync(join(npmFolder, `holdfast-${version}.tgz`), join(out, `holdfast-npm-${version}.tgz`))
rmSync(npmFolder, { recursive: true })
writeFileSync(join(out, 'SHA256SUMS'), checksums(out))
console.log(`${readdirSync(out).toSorted().join('\n')}

Sign, then publish, in this order:
  cosign sign ${image.repository}@${image.digest}
  cosign attest --type cyclonedx --predicate ${out}/holdfast-${version}.cdx.json ${image.repository}@${image.digest}
  cosign sign-blob --bundle ${out}/SHA256SUMS.bundle ${out}/SHA256SUMS
  helm push ${out}/holdfast-${version}.tgz oci://<registry>
  npm publish ${out}/holdfast-npm-${version}.tgz --provenance`)
