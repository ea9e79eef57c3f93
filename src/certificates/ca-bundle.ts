import { type Infer, list, object, expectShape, string } from '../kube/shape.ts'
import { metadata } from '../kube/metadata.ts'

/** A Service that webhooks are called by. */
export interface ServiceName {
  namespace: string
  name: string
}

const clientConfig = object({ caBundle: string, service: object({ namespace: string, name: string }) })
const configuration = object({ metadata, webhooks: list(object({ name: string, clientConfig })) })

/** As much of a ValidatingWebhookConfiguration or a MutatingWebhookConfiguration as its bundles are found by. */
export type Configuration = Infer<typeof configuration>

type Webhook = NonNullable<Configuration['webhooks']>[number]

/** Throws MalformedObject. */
export function transformConfiguration(raw: unknown): Configuration {
  expectShape(configuration, raw)
  const webhooks = (raw.webhooks ?? []).map(({ name = '', clientConfig: { caBundle = '', service = {} } = {} }) => ({
    name,
    clientConfig: { caBundle, service }
  }))
  return { metadata: { name: raw.metadata?.name ?? '' }, webhooks }
}

function pointsAt({ clientConfig: config }: Webhook, { namespace, name }: ServiceName): boolean {
  return config?.service?.namespace === namespace && config.service.name === name
}

/** The bundles, PEM, of the webhooks that are called by this Service. */
export function bundlesIn({ webhooks = [] }: Configuration, service: ServiceName): readonly string[] {
  return webhooks
    .filter((webhook) => pointsAt(webhook, service))
    .map((webhook) => Buffer.from(webhook.clientConfig?.caBundle ?? '', 'base64').toString())
}

export interface PatchOperation {
  op: 'test' | 'add'
  path: string
  value: string
}

/**
 * What gives the webhooks that are called by this Service this bundle, PEM; nothing where they have it. It fails as a whole where a
 * webhook has come to stand in another's place.
 */
export function bundlePatch({ webhooks = [] }: Configuration, service: ServiceName, bundle: string): PatchOperation[] {
  const value = Buffer.from(bundle).toString('base64')
  return webhooks.flatMap((webhook, index): PatchOperation[] => {
    if (!pointsAt(webhook, service) || webhook.clientConfig?.caBundle === value) return []
    const path = `/webhooks/${index}`
    return [
      { op: 'test', path: `${path}/name`, value: webhook.name ?? '' },
      { op: 'test', path: `${path}/clientConfig/service/namespace`, value: service.namespace },
      { op: 'test', path: `${path}/clientConfig/service/name`, value: service.name },
      { op: 'add', path: `${path}/clientConfig/caBundle`, value }
    ]
  })
}
