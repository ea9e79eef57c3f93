import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import tap from 'tap'
import manifest from '../../package.json' with { type: 'json' }
import { run } from '../support/cluster-kubectl.ts'
import { clusterPatience } from '../support/cluster-open.ts'
import { helmPath, must } from '../support/helm.ts'
import { commandsIn } from '../support/page-commands.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'scripts/release.ts')
const { version } = manifest
const digest = `sha256:${'a'.repeat(64)}`
const image = `registry.example/holdfast@${digest}`

tap.setTimeout(clusterPatience)

await tap.test('what a release publishes belongs together', async (t) => {
  const out = join(t.testdir({}), 'out')
  const args = ['--image', image, '--home', 'https://holdfast.example', '--out', out] as const
  const said = await must(run([process.execPath, script, ...args], {}))
  const files = [
    `holdfast-${version}.cdx.json`,
    `holdfast-${version}.tgz`,
    `holdfast-npm-${version}.tgz`,
    'install.yaml'
  ]
  t.strictSame(readdirSync(out).toSorted(), ['SHA256SUMS', ...files])
  const read = (name: string) => readFileSync(join(out, name))
  const page = readFileSync(join(root, 'docs/releasing.md'), 'utf8')
  const check = commandsIn(page).find((command) => command.startsWith('sha256sum ')) ?? ''
  const checked = await must(run(['sh', '-c', `cd '${out}' && ${check}`], {}))
  t.strictSame(
    checked.trim().split('\n').toSorted(),
    files.map((name) => `${name}: OK`)
  )
  const images = [
    ...read('install.yaml')
      .toString()
      .matchAll(/image: "(.*)"/g)
  ].map(([, named]) => named)
  t.strictSame(images, [image, image], 'install.yaml names the image by its digest')
  const chart = join(out, `holdfast-${version}.tgz`)
  const rendered = await must(run([await helmPath(), 'template', 'holdfast', chart], {}))
  t.ok(rendered.includes(`image: "${image}"`), 'and so does the chart')
  t.match(await must(run([await helmPath(), 'show', 'chart', chart], {})), /^home: https:\/\/holdfast\.example$/m)
  const { components } = JSON.parse(read(files[0] ?? '').toString()) as { components: readonly { name: string }[] }
  const names = new Set(components.map(({ name }) => name))
  for (const name of Object.keys(manifest.dependencies)) t.ok(names.has(name), name)
  t.notOk(names.has('tap'), 'what is only for development is not in it')
  t.match(said, `cosign sign ${image}\n`)
})

await tap.test('an image without a digest is none', async (t) => {
  const { code, stderr } = await run([process.execPath, script, '--image', 'registry.example/holdfast:v1'], {})
  t.equal(code, 1)
  t.match(stderr, /--image: give it with its digest/)
})
