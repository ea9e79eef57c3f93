import { createNamespace } from './cluster-nodes.ts'
import { bareDeployment } from './cluster-objects.ts'
import { send, writeObject } from './cluster-steps.ts'
import { waitFor } from './cluster-wait.ts'
import type { ControlPlane } from './control-plane.ts'
import { type Installed, installed } from './installed.ts'

export type Route = 'url' | 'service'
export type Registration = {
  readonly via: Route
  /** PEM; left to the controller where it is left out. */
  readonly caBundle?: string
  readonly port: number
}

const denial = String.raw`admission webhook \"enforce.holdfast.dev\" denied the request`

interface Webhook {
  readonly name: string
  readonly clientConfig: { readonly service: { readonly path: string } }
  readonly rules: readonly { readonly operations: readonly string[] }[]
}

interface Configuration extends Installed {
  readonly webhooks: readonly Webhook[]
}

/** The configurations just as we deploy them. */
export async function installWebhooks(controlPlane: ControlPlane): Promise<void> {
  for (const one of deployedConfigurations()) await writeObject(controlPlane, one)
}

function deployedConfigurations(): readonly Configuration[] {
  return installed('ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration') as readonly Configuration[]
}

/**
 * Makes the API server call a webhook, by the configurations that we deploy, and returns when it really does, about a second
 * later. failurePolicy is Fail here, so that a call that goes wrong fails the test.
 */
export async function registerWebhooks(controlPlane: ControlPlane, registration: Registration): Promise<void> {
  if (registration.via === 'service') await createService(controlPlane, registration.port)
  for (const one of deployedConfigurations()) await writeObject(controlPlane, configurationFor(registration, one))
  await untilCalled(controlPlane)
}

function configurationFor(registration: Registration, configuration: Configuration): object {
  const validating = configuration.kind === 'ValidatingWebhookConfiguration'
  const webhooks = configuration.webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: clientConfigFor(registration, webhook),
    // Namespaces are made while nobody serves, too.
    failurePolicy: webhook.name === 'labels.holdfast.dev' ? 'Ignore' : 'Fail',
    // A slow machine is not what these tests are about.
    timeoutSeconds: 10,
    // Some will ask about DELETE too, though we do not: it must pass.
    rules: webhook.rules.map((rule) => (validating ? { ...rule, operations: [...rule.operations, 'DELETE'] } : rule))
  }))
  return { ...configuration, webhooks }
}

function clientConfigFor({ via, caBundle: pem, port }: Registration, { clientConfig: { service } }: Webhook): object {
  const trust = pem === undefined ? {} : { caBundle: Buffer.from(pem).toString('base64') }
  if (via === 'url') return { url: `https://127.0.0.1:${port}${service.path}`, ...trust }
  return { service: { ...service, port }, ...trust }
}

/** No cluster network leads to this machine; a name that resolves to it does. */
async function createService(controlPlane: ControlPlane, port: number): Promise<void> {
  await createNamespace(controlPlane, 'holdfast-system')
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'holdfast-webhook', namespace: 'holdfast-system' },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] }
  }
  await writeObject(controlPlane, service)
}

async function untilCalled(controlPlane: ControlPlane): Promise<void> {
  await createNamespace(controlPlane, 'probe-enforce', { 'holdfast.dev/mode': 'enforce' })
  await createNamespace(controlPlane, 'probe-inject', { 'holdfast.dev/mode': 'warn', 'holdfast.dev/inject': 'enabled' })
  let answer = ''
  const tried = async (namespace: string): Promise<string> => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`
    answer = JSON.stringify((await send(controlPlane, 'POST', path, bareDeployment('probe'))).body)
    return answer
  }
  const patience = { seconds: 20, details: () => answer, everyMilliseconds: 100 }
  await waitFor({ ...patience, what: 'the validating webhook to be called' }, async () =>
    (await tried('probe-enforce')).includes(denial) ? true : undefined
  )
  await waitFor({ ...patience, what: 'the mutating webhook to be called' }, async () =>
    (await tried('probe-inject')).includes('holdfast.dev/injected') ? true : undefined
  )
}
