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
  enabled: flag('Whether to create a PodDisruptionBudget for the pods.'),
  maxUnavailable: count.meta({ description: 'Number or percentage of pods that may be unavailable during a drain.' }),
  minAvailable: count.meta({
    description: 'Number or percentage of pods that must stay available. Replaces `maxUnavailable`.'
  })
})

const serviceAccount = group({
  create: flag('Whether to create the service account.'),
  name: text('Name of the service account. Required if `create` is false.'),
  annotations: texts('Annotations of the service account.')
})

const pods = {
  resources: free('Resource requests and limits of the container. The heap may take 60 % of the memory limit.'),
  podDisruptionBudget: budget,
  serviceAccount,
  preStopSeconds: whole(
    0,
    300,
    'Seconds that a stopping pod waits before SIGTERM, so that load balancers stop sending it traffic.'
  ),
  priorityClassName: text('PriorityClass of the pods.'),
  nodeSelector: texts('Node labels that the pods require.'),
  tolerations: frees('Tolerations of the pods, in addition to one minute on a lost node.'),
  affinity: free('Affinity of the pods.'),
  topologySpreadConstraints: frees(
    'Spread constraints of the pods. Default: soft constraints over nodes and zones. `[]`: none.'
  ),
  revisionHistoryLimit: whole(0, 100, 'Number of old ReplicaSets to keep. Default: 10, as in Kubernetes.'),
  annotations: texts('Annotations of the Deployment.'),
  podAnnotations: texts('Annotations of the pods.'),
  podLabels: texts('Labels of the pods.'),
  extraArgs: z.array(z.string()).meta({ description: 'Additional flags of the command.' }),
  extraEnv: frees('Additional environment variables of the container.'),
  extraVolumes: frees('Additional volumes of the pods.'),
  extraVolumeMounts: frees('Additional volume mounts of the container.')
}

const webhook = group({
  replicas: whole(1, 100, 'Number of replicas. `null`: an autoscaler sets it.'),
  failurePolicy: group({
    enforce: failurePolicy.meta({
      description: 'What the API server does with a request in `enforce` if the webhook does not answer.'
    }),
    mutate: failurePolicy.meta({ description: 'The same for requests that may be repaired.' })
  }),
  timeoutSeconds: whole(1, 30, 'Seconds that the API server waits for an answer.'),
  matchConditions: frees('Additional match conditions of every webhook, in CEL.'),
  configurationAnnotations: texts('Annotations of the webhook configurations.'),
  service: group({
    port: whole(1, 65535, 'Port of the Service that API servers call.'),
    annotations: texts('Annotations of that Service.')
  }),
  hostNetwork: flag(
    'Whether the pods use the network of their node. Needed if API servers cannot reach the pod network.'
  ),
  dnsPolicy: text('DNS policy of the pods. Default: the one that fits `hostNetwork`.'),
  ...pods
})

const controller = group({
  enabled: flag('Whether to run the controller. Without it there are no companions.'),
  replicas: whole(1, 100, 'Number of replicas. One leads, the others stand by.'),
  ...pods
})

const certificates = group({
  mode: z.enum(['self-managed', 'cert-manager', 'files']).meta({
    description: 'Who issues the certificates: the controller (`self-managed`), cert-manager, or you (`files`).'
  }),
  certManager: group({
    issuerRef: free('Issuer or ClusterIssuer that signs the certificate. Default: an Issuer that the chart creates.'),
    duration: duration.meta({ description: 'Lifetime of a serving certificate.' }),
    renewBefore: duration.meta({ description: 'How long before its expiry a serving certificate is renewed.' }),
    authorityDuration: duration.meta({ description: 'Lifetime of the authority that the chart creates.' })
  }),
  files: group({
    secretName: text('Name of your Secret with `tls.crt` and `tls.key`.'),
    caBundle: text('Authorities that signed the certificate, in PEM.')
  })
})

/** What the objects for Prometheus and Grafana have in common. */
const monitoring = (object: string) => ({
  enabled: flag(`Whether to create ${object}.`),
  namespace: text('Namespace of the object. Default: that of the release.'),
  labels: texts('Labels by which Prometheus or Grafana finds the object.'),
  annotations: texts('Annotations of the object.')
})

/** The values of the chart; `config` is the JSON Schema of what may stand there. */
const values = group({
  global: z
    .looseObject({
      imageRegistry: text('Registry of the image. Replaces `image.registry`.'),
      imagePullSecrets: frees('Pull secrets that are added to `imagePullSecrets`.')
    })
    .partial(),
  enabled: flag('For charts that depend on this one: `condition: holdfast.enabled`. The chart itself ignores it.'),
  nameOverride: text('Replaces `holdfast` in labels and names.'),
  fullnameOverride: text('Prefix of all names.'),
  commonLabels: texts('Labels of all objects, including pods.'),
  commonAnnotations: texts('Annotations of all objects.'),
  createNamespace: flag('Whether the release contains its own namespace, as `deploy/install.yaml` does.'),
  image: group({
    registry: text('Registry of the image, with a path if it has one.'),
    repository: text('Repository of the image.'),
    tag: text('Tag of the image. Default: the `appVersion` of the chart.'),
    digest: z
      .string()
      .regex(/^(sha256:[0-9a-f]{64})?$/)
      .meta({ description: 'Digest of the image, `sha256:…`. Replaces the tag.' }),
    pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).meta({ description: 'Pull policy of the image.' })
  }),
  imagePullSecrets: frees('Pull secrets of the image.'),
  defaultMode: z.enum(['', ...modes]).meta({
    description:
      'Mode of namespaces without the label `holdfast.dev/mode`. A namespace then opts out with `holdfast.dev/mode=off`.'
  }),
  excludedNamespaces: z.array(namespaceName).meta({
    description:
      'Namespaces that Holdfast ignores, whatever their labels. It always ignores `kube-system`, `kube-node-lease`, `kube-public` and the namespace of the release.'
  }),
  config: z
    .unknown()
    .meta({ description: 'The configuration file, without the keys that the chart sets from other values.' }),
  certificates,
  webhook,
  controller,
  scan: group({
    enabled: flag(
      'Whether the controller scans the namespaces of `scan.namespaces`, and counts what it finds. Gives it the rights to read what it judges, and to list and delete reports.'
    ),
    intervalMinutes: whole(1, 1440, 'Minutes between two scans.'),
    namespaces: z.enum(['opted-in', 'all']).meta({
      description: 'Namespaces to scan. `all` includes namespaces that have not opted in, and those of the system.'
    }),
    events: flag(
      'Whether the scan records an Event on an object when a required finding appears or is gone, in the modes `warn` and `enforce`.'
    ),
    page: flag(
      'Whether the leading controller serves the findings of its last scan as a page, `/report` on its health port, to everyone who reaches that port.'
    )
  }),
  reports: group({
    enabled: flag(
      'Whether each scan writes a Report or a PolicyReport about what it finds. Gives the controller the right to write them. Requires `scan.enabled`.'
    )
  }),
  resourceQuota: group({
    enabled: flag(
      'Whether to create a ResourceQuota for the `system-*` priority classes. It limits nothing, but GKE and others admit pods of these classes only in a namespace that has one. Not created in `kube-system`.'
    )
  }),
  rbac: group({
    create: flag('Whether to create roles and bindings.'),
    webhookRules: frees('Additional rules of the webhook, for custom kinds in `config.companion.kinds`.'),
    controllerRules: frees('Additional rules of the controller, for the same kinds.')
  }),
  podSecurityContext: free('Security context of the pods. `null`: the platform sets it.'),
  securityContext: free('Security context of the containers.'),
  networkPolicy: group({
    enabled: flag('Whether to create NetworkPolicies.'),
    apiServerCIDRs: z
      .array(cidr)
      .meta({ description: 'Addresses of the API servers, for traffic in both directions. Default: any address.' }),
    apiServerPorts: z
      .array(z.int().min(1).max(65535))
      .meta({ description: 'Ports of the API servers: that of their Service, and that behind it.' }),
    metricsFrom: frees('Peers that may read metrics. Default: anyone.'),
    extraEgress: frees('Additional egress rules.')
  }),
  serviceMonitor: group({
    ...monitoring('a ServiceMonitor'),
    interval: duration.meta({ description: 'Interval between two scrapes.' }),
    scrapeTimeout: z
      .union([z.literal(''), duration])
      .meta({ description: 'Timeout of a scrape. Default: that of Prometheus.' }),
    relabelings: frees('Relabelings of the targets.'),
    metricRelabelings: frees('Relabelings of the samples.')
  }),
  prometheusRule: group({
    ...monitoring('a PrometheusRule with the alerts'),
    runbookUrl: text(
      'URL of your copy of `docs/runbooks.md`. `{alert}` stands for the name of the alert in lower case.'
    ),
    disabled: z.array(z.enum(alertNames)).meta({ description: 'Alerts to leave out.' }),
    extraRules: frees('Additional rules of the group.')
  }),
  grafanaDashboard: group(monitoring('a ConfigMap with the Grafana dashboard')),
  extraObjects: z
    .array(z.union([z.string(), z.looseObject({})]))
    .meta({ description: 'Additional objects, rendered as templates.' })
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
