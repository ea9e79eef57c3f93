import tap, { type Test } from 'tap'
import { parseAllDocuments } from 'yaml'
import type { ApiServer } from '../support/control-plane.ts'
import { validManifests, type Manifest } from '../support/cluster-manifests.ts'
import { openSharedServer } from '../support/shared-server.ts'
import { userIn, type NamespaceUser } from '../support/cluster-user.ts'

const manifests = validManifests()

interface Outcome {
  readonly accepted: ReadonlyMap<string, Manifest>
  readonly errors: readonly string[]
}

const server = await openSharedServer(tap)
if (server !== undefined) {
  await tap.test('the manifests are valid by themselves', (t) => checkValid(t, server))
  await tap.test('warn and inject: the server accepts every patched object', (t) => checkAccepted(t, server))
  await tap.test('enforce and inject: what is refused, is refused by a policy', (t) => checkRefusals(t, server))
}

async function checkValid(t: Test, cluster: ApiServer): Promise<void> {
  const { accepted, errors } = await create(await userIn(cluster, 'plain', {}), manifests)
  t.strictSame(errors, [])
  t.equal(accepted.size, manifests.length)
  t.ok(manifests.length >= 50, `there are ${manifests.length}`)
}

async function checkAccepted(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'warned', { 'holdfast.dev/mode': 'warn', 'holdfast.dev/inject': 'enabled' })
  const { accepted, errors } = await create(user, manifests)
  t.strictSame(errors, [])
  for (const manifest of manifests) {
    const result = accepted.get(keyOf(manifest))
    t.ok(result, `${keyOf(manifest)} is accepted`)
    t.match(result?.spec, manifest.spec, `${keyOf(manifest)} has all that its author wrote`)
  }
  // A created Job has a selector of its own, with which it cannot be created anew.
  const again = [...accepted.values()].filter(({ kind }) => kind !== 'Job').map(asWritten)
  const second = await create(user, again)
  t.strictSame(second.errors, [])
  for (const manifest of again) {
    t.strictSame(second.accepted.get(keyOf(manifest))?.spec, manifest.spec, `${keyOf(manifest)} is patched once only`)
  }
}

async function checkRefusals(t: Test, cluster: ApiServer): Promise<void> {
  const user = await userIn(cluster, 'enforced', { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' })
  const { accepted, errors } = await create(user, manifests)
  t.equal(accepted.size + errors.length, manifests.length, 'each is accepted or refused')
  for (const error of errors)
    t.match(error, /admission webhook "enforce\.holdfast\.dev" denied the request: .*\[[a-z-]+\] /s)
  for (const name of ['Deployment/one-port', 'Deployment/named-port', 'Deployment/native-sidecar']) {
    t.ok(accepted.has(name), `${name} is made sound`)
  }
}

/** Creates all in one call, as `kubectl create -f folder` does: one that is refused does not keep the others out. */
async function create(user: NamespaceUser, items: readonly Manifest[]): Promise<Outcome> {
  const list = { apiVersion: 'v1', kind: 'List', items }
  const { stdout, stderr } = await user.kubectl(['create', '--dry-run=server', '--output=yaml', '-f', '-'], list)
  const created = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
  return {
    accepted: new Map(created.map((manifest) => [keyOf(manifest), manifest])),
    errors: stderr.split(/^(?=Error|The )/m).filter((line) => line !== '' && !line.startsWith('Warning:'))
  }
}

function keyOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`
}

/** What one would write to get this object again. */
function asWritten({ apiVersion, kind, metadata, spec }: Manifest): Manifest {
  const { name, labels, annotations } = metadata
  return { apiVersion, kind, metadata: { name, labels, annotations }, spec }
}
