import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import tap, { type Test } from 'tap'
import { parseAllDocuments } from 'yaml'
import manifest from '../../package.json' with { type: 'json' }
import { createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { chart, type Helm, helmFor, must } from '../support/helm.ts'
import type { Installed } from '../support/installed.ts'

/** A chart that depends on ours, under a name of its own, as platform teams write them. */
async function writeUmbrella(helm: Helm, folder: string): Promise<string> {
  const umbrella = join(folder, 'platform')
  mkdirSync(umbrella)
  const dependency = { name: 'holdfast', version: manifest.version, repository: `file://${chart}` }
  const description = {
    apiVersion: 'v2',
    name: 'platform',
    version: '1.0.0',
    dependencies: [{ ...dependency, condition: 'holdfast.enabled' }]
  }
  const values = {
    global: {
      team: 'platform',
      imageRegistry: 'registry.example',
      imagePullSecrets: [{ name: 'pull' }]
    },
    holdfast: { enabled: true, image: { tag: 'v1' }, commonAnnotations: { 'example.test/team': 'platform' } }
  }
  writeFileSync(join(umbrella, 'Chart.yaml'), JSON.stringify(description))
  writeFileSync(join(umbrella, 'values.yaml'), JSON.stringify(values))
  await must(helm(['dependency', 'build', umbrella]))
  return umbrella
}

type Rendered = Installed & {
  readonly metadata: { readonly labels?: object; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec?: { readonly template?: { readonly spec: Pod } }
}
type Pod = { readonly imagePullSecrets?: readonly object[]; readonly containers: readonly { readonly image: string }[] }

async function render(helm: Helm, umbrella: string, ...set: readonly string[]): Promise<readonly Rendered[]> {
  const text = await must(helm(['template', 'platform', umbrella, '--namespace', 'platform', ...set]))
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Rendered | null) ?? [])
}

async function checkRendered(t: Test, helm: Helm, umbrella: string): Promise<void> {
  const objects = await render(helm, umbrella)
  const pods = objects.flatMap(({ spec }) => spec?.template?.spec ?? [])
  t.equal(pods.length, 2)
  for (const { imagePullSecrets, containers } of pods) {
    t.strictSame(imagePullSecrets, [{ name: 'pull' }], 'the secrets of all charts')
    t.equal(containers[0]?.image, 'registry.example/holdfast:v1', 'the registry of all charts')
  }
  for (const { kind, metadata } of objects) {
    t.match(metadata.labels, {
      'helm.sh/chart': `holdfast-${manifest.version}`,
      'app.kubernetes.io/managed-by': 'Helm',
      'app.kubernetes.io/instance': 'platform'
    })
    t.match(metadata.annotations, { 'example.test/team': 'platform' }, `${kind} ${metadata.name}`)
  }
  t.strictSame(
    await render(helm, umbrella, '--set', 'holdfast.enabled=false'),
    [],
    'the condition leaves all of it out'
  )
}

const plane = await openControlPlane(tap, { kwok: true, granted: false })
if (plane !== undefined) {
  await createNodes(plane)
  const helm = await helmFor(plane)
  const umbrella = await writeUmbrella(helm, plane.directory)
  await tap.test('a chart that depends on this one', (t) => checkRendered(t, helm, umbrella))
  await tap.test('is installed with it', async (t) => {
    const where = ['--namespace', 'platform', '--create-namespace']
    await must(helm(['install', 'platform', umbrella, ...where, '--wait', '--timeout', '55s']))
    const { stdout } = await plane.kubectl(['get', 'deployments', '--namespace=platform', '--output=name'])
    t.equal(stdout, 'deployment.apps/platform-holdfast-controller\ndeployment.apps/platform-holdfast-webhook\n')
  })
}
