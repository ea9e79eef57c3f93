import type { ControlPlane } from './control-plane.ts'
import { createNamespace } from './cluster-nodes.ts'
import { bareDeployment } from './cluster-objects.ts'
import { waitFor } from './cluster-wait.ts'

export type Route = 'url' | 'service'
export type Registration = { readonly via: Route; readonly caBundle: string; readonly port: number }

const workloadRules = [
  { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'] },
  { apiGroups: ['batch'], apiVersions: ['v1'], resources: ['jobs', 'cronjobs'] },
  { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
  { apiGroups: ['policy'], apiVersions: ['v1'], resources: ['poddisruptionbudgets'] }
]
const scaleRule = { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments/scale', 'statefulsets/scale'] }
const modes = ['audit', 'warn', 'enforce'] as const

/**
 * Makes the API server call a webhook, and returns when it really does, about a second later.
 * failurePolicy is Fail, so that a call that goes wrong fails the test.
 */
export async function registerWebhooks(controlPlane: ControlPlane, registration: Registration): Promise<void> {
  if (registration.via === 'service') await createService(controlPlane, registration.port)
  const items = [validating(registration), mutating(registration)]
  const result = await controlPlane.kubectl(['apply', '-f', '-'], { input: { apiVersion: 'v1', kind: 'List', items } })
  if (result.code !== 0) throw new Error(`could not register the webhooks: ${result.stderr}`)
  await untilCalled(controlPlane)
}

function clientConfig({ via, caBundle, port }: Registration, path: string): object {
  const bundle = Buffer.from(caBundle).toString('base64')
  if (via === 'url') return { url: `https://127.0.0.1:${port}${path}`, caBundle: bundle }
  return { service: { namespace: 'holdfast-system', name: 'holdfast-webhook', path, port }, caBundle: bundle }
}

const common = { sideEffects: 'None', admissionReviewVersions: ['v1'], timeoutSeconds: 10, failurePolicy: 'Fail' }

function validating(registration: Registration): object {
  const operations = ['CREATE', 'UPDATE', 'DELETE']
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'holdfast' },
    webhooks: modes.map((mode) => ({
      ...common,
      name: `${mode}.holdfast.dev`,
      clientConfig: clientConfig(registration, `/validate/${mode}`),
      namespaceSelector: { matchExpressions: [{ key: 'holdfast.dev/mode', operator: 'In', values: [mode] }] },
      rules: [...workloadRules, scaleRule].map((rule) => ({ ...rule, operations }))
    }))
  }
}

function mutating(registration: Registration): object {
  const operations = ['CREATE', 'UPDATE']
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'holdfast' },
    webhooks: [
      {
        ...common,
        name: 'mutate.holdfast.dev',
        clientConfig: clientConfig(registration, '/mutate'),
        reinvocationPolicy: 'IfNeeded',
        namespaceSelector: {
          matchExpressions: [
            { key: 'holdfast.dev/inject', operator: 'In', values: ['enabled'] },
            { key: 'holdfast.dev/mode', operator: 'In', values: ['warn', 'enforce'] }
          ]
        },
        rules: workloadRules.map((rule) => ({ ...rule, operations }))
      }
    ]
  }
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
  const result = await controlPlane.kubectl(['apply', '-f', '-'], { input: service })
  if (result.code !== 0) throw new Error(`could not create the webhook's Service: ${result.stderr}`)
}

async function untilCalled(controlPlane: ControlPlane): Promise<void> {
  await createNamespace(controlPlane, 'probe-enforce', { 'holdfast.dev/mode': 'enforce' })
  await createNamespace(controlPlane, 'probe-inject', { 'holdfast.dev/mode': 'warn', 'holdfast.dev/inject': 'enabled' })
  const create = ['create', '--dry-run=server', '--output=yaml', '-f', '-']
  let answer = ''
  const patience = { seconds: 20, details: () => answer, everyMilliseconds: 200 }
  await waitFor({ ...patience, what: 'the validating webhook to be called' }, async () => {
    const result = await controlPlane.kubectl([...create, '--namespace=probe-enforce'], {
      input: bareDeployment('probe')
    })
    answer = result.stdout + result.stderr
    return answer.includes('admission webhook "enforce.holdfast.dev" denied the request') ? true : undefined
  })
  await waitFor({ ...patience, what: 'the mutating webhook to be called' }, async () => {
    const result = await controlPlane.kubectl([...create, '--namespace=probe-inject'], {
      input: bareDeployment('probe')
    })
    answer = result.stdout + result.stderr
    return answer.includes('holdfast.dev/injected') ? true : undefined
  })
}
