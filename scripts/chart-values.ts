import * as z from 'zod'
import { namespaceName } from '../src/config/field-schemas.ts'
import { modes } from '../src/engine/api.ts'

/** The names of deploy/chart/files/alerts.yaml; a test compares them. */
export const alertNames = [
  'HoldfastWebhookAway',
  'HoldfastCallsFailOpen',
  'HoldfastCallsFail',
  'HoldfastClusterNotSeen',
  'HoldfastCertificateExpires',
  'HoldfastNoLeader',
  'HoldfastReconcileErrors',
  'HoldfastExemptionEnded',
  'HoldfastBundleContested',
  'HoldfastCertificateErrors'
] as const

const text = (description: string) => z.string().meta({ description })
const flag = (description: string) => z.boolean().meta({ description })
const whole = (least: number, most: number, description: string) => z.int().min(least).max(most).meta({ description })
/** What Kubernetes itself checks. */
const free = (description: string) => z.looseObject({}).meta({ description })
const frees = (description: string) => z.array(z.looseObject({})).meta({ description })
const texts = (description: string) => z.record(z.string(), z.string()).meta({ description })
const duration = z.string().regex(/^([0-9]+(h|m|s))+$/)
const cidr = z.string().regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/)
const count = z.union([z.int().min(0), z.string().regex(/^[0-9]{1,2}%$|^100%$/)])
const failurePolicy = z.enum(['Ignore', 'Fail'])

/** All of an object may be left out: values.yaml has the defaults. */
const group = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape).partial()

const budget = group({
  enabled: flag('Whether there is a PodDisruptionBudget.'),
  maxUnavailable: count.meta({ description: 'How many of its pods a drain may take at once.' }),
  minAvailable: count.meta({ description: 'In the place of `maxUnavailable`: how many must stay.' })
})

const serviceAccount = group({
  create: flag('Whether it is created.'),
  name: text('Its name. Needed where it is not created.'),
  annotations: texts('Its annotations.')
})

const pods = {
  resources: free('Resources of the container. Six tenths of the memory limit are the limit of the heap.'),
  podDisruptionBudget: budget,
  serviceAccount,
  preStopSeconds: whole(0, 300, 'How long a pod that is told to stop waits first, for load balancers to hear of it.'),
  priorityClassName: text('The PriorityClass of its pods.'),
  nodeSelector: texts('Labels of the nodes that its pods may run on.'),
  tolerations: frees('Taints that its pods tolerate, beside those of a lost node for a minute.'),
  affinity: free('Affinity of its pods.'),
  topologySpreadConstraints: frees(
    'Spread constraints of its pods. By default soft ones over nodes and zones; `[]` means none.'
  ),
  revisionHistoryLimit: whole(0, 100, 'How many old ReplicaSets are kept. By default what Kubernetes keeps: 10.'),
  annotations: texts('Annotations of the Deployment.'),
  podAnnotations: texts('Annotations of its pods.'),
  podLabels: texts('Labels of its pods.'),
  extraArgs: z.array(z.string()).meta({ description: 'More flags of the command.' }),
  extraEnv: frees('More environment variables of the container.'),
  extraVolumes: frees('More volumes of its pods.'),
  extraVolumeMounts: frees('More mounts of the container.')
}

const webhook = group({
  replicas: whole(1, 100, 'How many. `null` leaves it to an autoscaler.'),
  failurePolicy: group({
    enforce: failurePolicy.meta({ description: 'What happens to a request in `enforce` when there is no answer.' }),
    mutate: failurePolicy.meta({ description: 'The same where repairs are asked for.' })
  }),
  timeoutSeconds: whole(1, 30, 'How long the API server waits for an answer.'),
  matchConditions: frees('More conditions of every webhook, in CEL.'),
  configurationAnnotations: texts('Annotations of the webhook configurations.'),
  service: group({
    port: whole(1, 65535, 'The port of the Service that API servers call.'),
    annotations: texts('Annotations of that Service.')
  }),
  hostNetwork: flag('Whether the pods use the network of their node, where API servers cannot reach pods.'),
  dnsPolicy: text('DNS policy of the pods. By default what `hostNetwork` needs.'),
  ...pods
})

const controller = group({
  enabled: flag('Whether there is a controller. Without one there are no companions.'),
  replicas: whole(1, 100, 'How many. One works, the others wait.'),
  ...pods
})

const certificates = group({
  mode: z
    .enum(['self-managed', 'cert-manager', 'files'])
    .meta({ description: 'Who makes the certificates: the controller, cert-manager, or you.' }),
  certManager: group({
    issuerRef: free('The Issuer or ClusterIssuer that signs. By default one of its own.'),
    duration: duration.meta({ description: 'How long a serving certificate is good for.' }),
    renewBefore: duration.meta({ description: 'How long before its end it is renewed.' }),
    authorityDuration: duration.meta({ description: 'How long its own authority is good for.' })
  }),
  files: group({
    secretName: text('Your Secret, with `tls.crt` and `tls.key`.'),
    caBundle: text('The authorities that signed it, PEM.')
  })
})

const monitor = {
  enabled: flag('Whether there is one.'),
  namespace: text('Its namespace. By default that of the release.'),
  labels: texts('Labels by which it is found.'),
  annotations: texts('Its annotations.')
}

/** The values of the chart; `config` is the JSON Schema of what may stand there. */
const values = group({
  global: z
    .looseObject({
      imageRegistry: text('Replaces `image.registry`, as it does in charts that share it.'),
      imagePullSecrets: frees('Added to `imagePullSecrets`.')
    })
    .partial(),
  enabled: flag('For charts that depend on this one, as `condition: holdfast.enabled`. This chart does not read it.'),
  nameOverride: text('In the place of `holdfast` in labels and names.'),
  fullnameOverride: text('What all names begin with.'),
  commonLabels: texts('Labels of all objects, and of pods.'),
  commonAnnotations: texts('Annotations of all objects.'),
  createNamespace: flag('Whether the namespace of the release is part of it, as in `deploy/install.yaml`.'),
  image: group({
    registry: text('Host, and path if any, that the repository is at.'),
    repository: text('Repository of the image.'),
    tag: text('Its tag. By default the version of the chart’s application.'),
    digest: z
      .string()
      .regex(/^(sha256:[0-9a-f]{64})?$/)
      .meta({ description: 'In the place of the tag: `sha256:…`.' }),
    pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).meta({ description: 'When it is pulled.' })
  }),
  imagePullSecrets: frees('Secrets that it is pulled with.'),
  defaultMode: z.enum(['', ...modes]).meta({
    description:
      'The mode of namespaces without the label `holdfast.dev/mode`. With one, `off` in that label takes a namespace out.'
  }),
  excludedNamespaces: z.array(namespaceName).meta({
    description:
      'Never asked about, whatever their labels, beside `kube-system`, `kube-node-lease`, `kube-public` and its own.'
  }),
  config: z.unknown().meta({ description: 'The configuration file, but for what follows from other values.' }),
  certificates,
  webhook,
  controller,
  scan: group({
    enabled: flag(
      'Whether the controller scans the namespaces that have opted in, and counts what it finds. It gets the rights for that, and those to list and delete reports.'
    ),
    intervalMinutes: whole(1, 1440, 'How often it scans.')
  }),
  reports: group({
    enabled: flag(
      'Whether each scan keeps a Report or a PolicyReport for what it finds. It gets the rights for that. Needs `scan.enabled`.'
    )
  }),
  resourceQuota: group({
    enabled: flag(
      'Whether a quota that limits nothing covers the `system-*` priority classes of its pods: GKE and others admit such pods nowhere else. Never in `kube-system`.'
    )
  }),
  rbac: group({
    create: flag('Whether roles and bindings are created.'),
    webhookRules: frees('More rules of the webhook, for custom kinds in `config.companion.kinds`.'),
    controllerRules: frees('More rules of the controller, for the same.')
  }),
  podSecurityContext: free('Security context of the pods. `null` leaves it to the platform.'),
  securityContext: free('Security context of the containers.'),
  networkPolicy: group({
    enabled: flag('Whether there are NetworkPolicies.'),
    apiServerCIDRs: z
      .array(cidr)
      .meta({ description: 'Where API servers call from, and are called at. By default anywhere.' }),
    apiServerPorts: z
      .array(z.int().min(1).max(65535))
      .meta({ description: 'Ports that API servers are called at, before and behind their Service.' }),
    metricsFrom: frees('Peers that may read metrics. By default anyone.'),
    extraEgress: frees('More egress rules.')
  }),
  serviceMonitor: group({
    ...monitor,
    interval: duration.meta({ description: 'How often metrics are read.' }),
    scrapeTimeout: z
      .union([z.literal(''), duration])
      .meta({ description: 'How long that may take. By default what Prometheus has.' }),
    relabelings: frees('Relabelings of the targets.'),
    metricRelabelings: frees('Relabelings of the samples.')
  }),
  prometheusRule: group({
    ...monitor,
    runbookUrl: text(
      'Where your copy of `docs/runbooks.md` is, with `{alert}` for the name of the alert in lower case.'
    ),
    disabled: z.array(z.enum(alertNames)).meta({ description: 'Alerts that are left out.' }),
    extraRules: frees('More rules of the group.')
  }),
  grafanaDashboard: group(monitor),
  extraObjects: z
    .array(z.union([z.string(), z.looseObject({})]))
    .meta({ description: 'More objects, in which templates are rendered.' })
})

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined
  readonly description?: string | undefined
  readonly [key: string]: unknown
}

/** What the chart sets itself, by path. */
const own = [
  'defaultMode',
  'excludedNamespaces',
  'kubeconfig',
  'tls.certificateFile',
  'tls.keyFile',
  'certificates.mode',
  'certificates.namespace',
  'certificates.secretName',
  'certificates.serviceName',
  'certificates.configurationName',
  'controller.leaseName',
  'controller.leaseNamespace'
]

function without(schema: JsonSchema, path: readonly string[]): JsonSchema {
  const [key = '', ...rest] = path
  const { [key]: found, ...others } = schema.properties ?? {}
  if (found === undefined) throw new Error(`the configuration has no ${key}`)
  return { ...schema, properties: rest.length === 0 ? others : { ...schema.properties, [key]: without(found, rest) } }
}

/** The JSON Schema of the chart's values, with that of the configuration in it. */
export function valuesSchema(configuration: object): JsonSchema {
  const {
    $schema: _,
    title: __,
    ...config
  } = own.reduce<JsonSchema>((rest, path) => without(rest, path.split('.')), { ...configuration })
  const schema = z.toJSONSchema(values) as JsonSchema
  const description = schema.properties?.['config']?.description
  return {
    title: 'Values of the chart of Holdfast',
    ...schema,
    properties: { ...schema.properties, config: { description, ...config } }
  }
}

/** Every value with its description, by path. Those of the configuration are described elsewhere. */
export function describedValues(schema: JsonSchema, path = ''): readonly (readonly [string, string])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`
    if (value.description === undefined) return describedValues(value, at)
    return [[at, value.description] as const]
  })
}
