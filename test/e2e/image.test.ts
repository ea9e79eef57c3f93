import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import tap, { type Test } from 'tap'
import { assemble } from '../support/image.ts'
import type { Stage } from '../support/dockerfile.ts'
import { issueServingCertificate } from '../../src/certificates/issue.ts'
import {
  type Container,
  type ContainerOptions,
  noContainersBecause,
  startContainer
} from '../support/image-container.ts'
import { openApi } from '../support/cluster-api.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { controllerUser, webhookUser } from '../support/cluster-rights.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'
import { projectSecret, readSecret } from '../support/secret-projector.ts'
import { secretPath } from '../support/self-managed.ts'
import { call } from '../support/tls.ts'

const review = readFileSync(join(import.meta.dirname, '../../docs/examples/deployment-review.json'), 'utf8')
const mebibyte = 1024 * 1024

interface Image {
  readonly root: string
  readonly stage: Stage
  readonly directory: string
}

interface Listening {
  readonly reviews: string
  readonly health: string
}

function lineWith({ log }: Container, message: string): Record<string, string> | undefined {
  const line = log()
    .split('\n')
    .find((text) => text.includes(`"msg":"${message}"`))
  return line === undefined ? undefined : (JSON.parse(line) as Record<string, string>)
}

async function says(container: Container, message: string): Promise<Record<string, string>> {
  return waitFor({ what: message, seconds: 20, details: container.log, everyMilliseconds: 5 }, async () => {
    if (!container.running()) throw new Error(`it ended\n${container.log()}`)
    return lineWith(container, message)
  })
}

/** A line of /proc/PID/status, in KiB or as it is written. */
function statusOf({ pid }: Container, name: string): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? ''
}

async function checkWebhook(t: Test, { root, stage, directory }: Image): Promise<void> {
  const files = join(directory, 'tls')
  mkdirSync(files)
  const issued = await issueServingCertificate({ names: ['localhost'], addresses: ['127.0.0.1'], days: 1 })
  writeFileSync(join(files, 'tls.crt'), issued.certificate)
  writeFileSync(join(files, 'tls.key'), issued.key)
  const ports = ['--address', '127.0.0.1', '--port', '0', '--health-port', '0', '--drain-seconds', '1']
  const pair = ['--certificate', '/tls/tls.crt', '--key', '/tls/tls.key']
  const began = performance.now()
  const container = await startContainer(t, {
    name: 'webhook',
    root,
    stage,
    args: ['webhook', ...ports, ...pair, '--server-version', '1.36'],
    mounts: { '/tls': files },
    logFile: join(directory, 'webhook.log')
  })
  const { reviews = '', health = '' } = (await says(container, 'listening')) as Partial<Listening>
  const readyMs = performance.now() - began
  t.equal(statusOf(container, 'NSpid').split('\t').at(-1), '1', 'it is the first process')
  t.match(statusOf(container, 'Uid'), /^65532\t65532\t65532\t65532$/)
  t.match(statusOf(container, 'Gid'), /^65532\t65532\t65532\t65532$/)
  t.equal(statusOf(container, 'Groups'), '', 'of no other group')
  t.equal(statusOf(container, 'CapEff'), '0000000000000000')
  const mounts = readFileSync(`/proc/${container.pid}/mounts`, 'utf8').trim().split('\n')
  t.strictSame(
    mounts.map((line) => line.split(' ')[3]?.split(',')[0]),
    ['ro', 'ro', 'ro'],
    'nothing can be written'
  )
  t.match(await fetch(`http://${health}/readyz`), { status: 200 })
  const port = new URL(`https://${reviews}`).port
  const reply = await call({ port, ca: issued.caCertificate, path: '/mutate', body: review })
  t.match(reply, { status: 200, text: /"patchType":"JSONPatch"/ })
  t.comment(`ready after ${Math.round(readyMs)} ms, ${statusOf(container, 'VmRSS')} resident`)
  container.terminate()
  t.equal(await container.exited, 0)
  for (const message of ['decision', 'draining', 'drained']) t.ok(lineWith(container, message), `it says: ${message}`)
  t.notMatch(container.log(), /EROFS|EACCES|ENOENT/)
}

/** Process 1 hears no signal that it does not listen to, and is killed by none: unheard, it would go on to serve, and then drain. */
async function checkEarlySignal(t: Test, image: Image): Promise<void> {
  const expected = '143 without a word'
  const seen: string[] = []
  // On a busy machine all may be over between two signals.
  while (seen.length < 5 && seen.at(-1) !== expected) seen.push(await stopAtOnce(t, image, seen.length))
  t.equal(seen.at(-1), expected, seen.join(', '))
}

async function stopAtOnce(t: Test, { root, stage, directory }: Image, attempt: number): Promise<string> {
  const container = await startContainer(t, {
    name: 'webhook that is stopped at once',
    root,
    stage,
    args: ['webhook', '--standalone', '--port', '0', '--health-port', '0'],
    logFile: join(directory, `early-${attempt}.log`)
  })
  const again = setInterval(() => {
    try {
      container.terminate()
    } catch {
      // It has ended between two signals.
      clearInterval(again)
    }
  }, 5)
  const code = await container.exited
  clearInterval(again)
  return `${code} ${container.log() === '' ? 'without a word' : 'with a log'}`
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly 'certificate-authority': string } }]
  readonly users: readonly [{ readonly user: { readonly token: string } }]
}

/** What the kubelet gives a pod to reach the API server by. */
function accountOf(cluster: ControlPlane, user: string): Pick<ContainerOptions, 'environment' | 'mounts'> {
  const { clusters, users } = JSON.parse(readFileSync(cluster.kubeconfigOf(user), 'utf8')) as Kubeconfig
  const folder = mkdtempSync(join(cluster.directory, 'account-'))
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'token'), users[0].user.token)
  copyFileSync(clusters[0].cluster['certificate-authority'], join(folder, 'ca.crt'))
  writeFileSync(join(folder, 'namespace'), 'holdfast-system')
  const { hostname, port } = new URL(cluster.url)
  const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }
  return { environment, mounts: { [accountFolder]: folder } }
}

async function checkPods(t: Test, cluster: ControlPlane, { root, stage, directory }: Image): Promise<void> {
  const own = ['--health-address', '127.0.0.1', '--health-port', '0']
  const controller = await startContainer(t, {
    ...accountOf(cluster, controllerUser.name),
    name: 'controller in a pod',
    root,
    stage,
    args: ['controller', ...own],
    logFile: join(directory, 'controller-in-pod.log')
  })
  t.match(await says(controller, 'listening'), { certificates: 'self-managed' })
  const api = openApi(cluster)
  t.teardown(() => api.close())
  const folder = mkdtempSync(join(cluster.directory, 'mounted-'))
  chmodSync(folder, 0o755)
  projectSecret(t, { api, secret: secretPath, folder, delayMs: 0 })
  const account = accountOf(cluster, webhookUser.name)
  const files = ['--certificate', '/tls/tls.crt', '--key', '/tls/tls.key', '--drain-seconds', '1']
  const webhook = await startContainer(t, {
    name: 'webhook in a pod',
    root,
    stage,
    environment: { ...account.environment, HOLDFAST_TLS_RELOAD_SECONDS: '1' },
    mounts: { ...account.mounts, '/tls': folder },
    args: ['webhook', '--address', '127.0.0.1', '--port', '0', '--health-port', '0', ...files],
    logFile: join(directory, 'webhook-in-pod.log')
  })
  const { reviews = '' } = (await says(webhook, 'listening')) as Partial<Listening>
  const { 'ca.crt': ca = '' } = (await readSecret(api, secretPath)) ?? {}
  const port = new URL(`https://${reviews}`).port
  const servername = 'holdfast-webhook.holdfast-system.svc'
  t.match(await call({ port, servername, ca, path: '/mutate', body: review }), { status: 200, text: /"JSONPatch"/ })
  t.comment(
    `controller ${statusOf(controller, 'VmRSS')}, webhook ${statusOf(webhook, 'VmRSS')} resident, with a small cluster`
  )
  for (const container of [controller, webhook]) {
    container.terminate()
    t.equal(await container.exited, 0)
    t.notMatch(container.log(), /EROFS|EACCES/)
  }
}

await tap.test('the last stage of the Dockerfile', async (t) => {
  const reason = noContainersBecause()
  if (reason !== undefined) {
    if (process.env['CI'] === 'true') throw new Error(`the image must be tried here, but cannot: ${reason}`)
    process.stderr.write(`\n*** THE IMAGE IS NOT TRIED: ${reason}\n\n`)
    return t.plan(0, reason)
  }
  const directory = t.testdir({ root: {} })
  const root = join(directory, 'root')
  const { stage, files } = assemble(root)
  const sizes = files.map((file) => `${file} ${(statSync(join(root, file)).size / mebibyte).toFixed(1)} MiB`)
  t.comment(sizes.join(', '))
  await t.test('serves and drains', (test) => checkWebhook(test, { root, stage, directory }))
  await t.test('is stopped before it serves', (test) => checkEarlySignal(test, { root, stage, directory }))
  await t.test('needs nothing but its pod to keep and serve certificates', async (test) => {
    const cluster = await openControlPlane(test, { controllerManager: false, scheduler: false })
    if (cluster !== undefined) await checkPods(test, cluster, { root, stage, directory })
  })
})
