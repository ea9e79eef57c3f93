import { setTimeout as wait } from 'node:timers/promises'
import tap, { type Test } from 'tap'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { createNodes } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { serveService } from '../support/cluster-service.ts'
import { NamespaceUser } from '../support/cluster-user.ts'
import { apply } from '../support/cluster-verdict.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { must } from '../support/helm.ts'
import { type Installed, installed, installFile } from '../support/installed.ts'
import { startInstalled } from '../support/installed-processes.ts'

interface Stored extends Installed {
  readonly metadata: Installed['metadata'] & {
    readonly resourceVersion: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly webhooks?: readonly { readonly clientConfig: { readonly caBundle?: string } }[]
}

const applied = ['apply', '-f', installFile]

/** All that was applied, as it is now. */
async function stored({ kubectl }: ControlPlane): Promise<readonly Stored[]> {
  const { items } = JSON.parse(await must(kubectl(['get', '-f', installFile, '--output=json']))) as { items: Stored[] }
  return items
}

/** Whether the controllers of Kubernetes have written to it what they write once. */
function isSeen({ kind, metadata }: Stored): boolean {
  return kind !== 'Deployment' || metadata.annotations?.['deployment.kubernetes.io/revision'] !== undefined
}

function bundlesIn(objects: readonly Stored[]): readonly string[] {
  return objects.flatMap(({ webhooks = [] }) => webhooks.map(({ clientConfig: { caBundle = '' } }) => caBundle))
}

/** Without what is written all the time: status, and the Lease. */
function specsIn(objects: readonly Stored[]): readonly unknown[] {
  return objects
    .filter(({ kind }) => kind !== 'Lease')
    .map((object) => {
      const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata as Record<string, unknown>
      return { ...object, metadata, status: undefined }
    })
}

/**
 * kubectl always says `configured` of a PodDisruptionBudget: the patch of its selector is never empty, since the selector is replaced as a
 * whole.
 */
async function checkQuiet(t: Test, plane: ControlPlane): Promise<void> {
  const before = await waitFor(
    { what: 'revisions of the Deployments', seconds: 30, everyMilliseconds: 200 },
    async () => {
      const objects = await stored(plane)
      return objects.every(isSeen) ? objects : undefined
    }
  )
  const { code, stdout, stderr } = await plane.kubectl(applied)
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  const lines = stdout.trim().split('\n')
  t.equal(lines.length, installed().length)
  t.strictSame(
    lines.filter((line) => !line.endsWith(' unchanged') && !line.startsWith('poddisruptionbudget.')),
    []
  )
  t.strictSame(specsIn(await stored(plane)), specsIn(before), 'and nothing has changed')
  const different = await plane.kubectl(['diff', '-f', installFile])
  t.strictSame(
    { code: different.code, stdout: different.stdout },
    { code: 0, stdout: '' },
    'kubectl diff shows nothing'
  )
}

async function checkRunning(t: Test, plane: ControlPlane, api: ClusterApi): Promise<void> {
  const service = await serveService(t, api, 'holdfast-webhook')
  const controller = await startInstalled(t, plane, api, 'controller')
  const webhook = await startInstalled(t, plane, api, 'webhook')
  await Promise.all([controller.untilReady(), webhook.untilReady()])
  service.add(webhook)
  const bundles = await waitFor({ what: 'the bundles', seconds: 20 }, async () => {
    const found = bundlesIn(await stored(plane))
    return found.every((bundle) => bundle !== '') ? found : undefined
  })
  t.equal(bundles.length, 5)
  await checkQuiet(t, plane)
  t.strictSame(bundlesIn(await stored(plane)), bundles, 'kubectl apply leaves the bundle alone')
  await must(plane.kubectl([...applied, '--server-side', '--force-conflicts']))
  await must(plane.kubectl([...applied, '--server-side']))
  const different = await plane.kubectl(['diff', '--server-side', '-f', installFile])
  t.strictSame({ code: different.code, stdout: different.stdout }, { code: 0, stdout: '' }, 'nothing differs')
  t.strictSame(bundlesIn(await stored(plane)), bundles, 'and so does a server-side apply')
  await checkOwnManifests(t, plane)
}

/** In a namespace like any other, which asks for all that we can ask for. */
async function checkOwnManifests(t: Test, plane: ControlPlane): Promise<void> {
  const labels = {
    'holdfast.dev/mode': 'enforce',
    'holdfast.dev/profile': 'critical',
    'holdfast.dev/inject': 'enabled'
  }
  const metadata = { name: 'own', labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' } }
  await must(plane.kubectl(['create', '-f', '-'], { input: { apiVersion: 'v1', kind: 'Namespace', metadata } }))
  const user = new NamespaceUser(plane, 'own')
  const moved = installed('ServiceAccount', 'Service', 'PodDisruptionBudget', 'Deployment').map((object) => {
    const { namespace: _, ...kept } = object.metadata
    return { ...object, metadata: kept }
  })
  // Until the webhook has learned of the namespace, and of the Services and budgets that were made a moment ago.
  const [budgets, workloads] = [
    moved.filter(({ kind }) => kind !== 'Deployment'),
    moved.filter(({ kind }) => kind === 'Deployment')
  ]
  await must(user.kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: budgets }))
  await wait(2000)
  for (const object of workloads) {
    const { code, stderr } = await apply(user, object)
    t.strictSame({ code, stderr }, { code: 0, stderr: '' }, `${object.metadata.name} is let in without a word`)
    const { metadata: kept } = await user.deployment(object.metadata.name)
    t.notOk(Object.hasOwn(kept.annotations ?? {}, 'holdfast.dev/injected'), 'and nothing had to be added')
  }
}

const plane = await openControlPlane(tap, { kwok: true, granted: false, servicesOnLoopback: true })
if (plane !== undefined) {
  const api = openApi(plane)
  tap.teardown(() => api.close())
  await createNodes(plane)
  await tap.test('kubectl apply installs it; a second time it is quiet', async (t) => {
    const { code, stderr } = await plane.kubectl(applied)
    t.strictSame({ code, stderr }, { code: 0, stderr: '' })
    await checkQuiet(t, plane)
    for (const name of ['webhook', 'controller'])
      await must(
        plane.kubectl([
          'rollout',
          'status',
          `deployment/holdfast-${name}`,
          '--namespace=holdfast-system',
          '--timeout=50s'
        ])
      )
  })
  await tap.test('a third time, while it runs, too; and it has nothing against itself', (t) =>
    checkRunning(t, plane, api)
  )
  await tap.test('kubectl delete takes all of it away', async (t) => {
    await must(plane.kubectl(['delete', '-f', installFile, '--timeout=55s']))
    const { stdout } = await plane.kubectl(['get', '-f', installFile, '--output=name'])
    t.equal(stdout, '')
  })
}
