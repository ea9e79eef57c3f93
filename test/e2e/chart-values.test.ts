import tap, { type Test } from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { issueServingCertificate } from '../../src/certificates/issue.ts'
import { buildConfigSchema } from '../../src/config/schema.ts'
import { validateController, validateWebhook } from '../../src/config/validate.ts'
import { sourceKinds, sources } from '../../src/inventory/source.ts'
import { allKinds } from '../../src/kube/kinds.ts'
import { groupResource } from '../../src/kube/resource-kind.ts'
import { policies } from '../../src/policies/index.ts'
import { reportKinds } from '../../src/report/report-object.ts'
import { createNamespace } from '../support/cluster-nodes.ts'
import { openControlPlane } from '../support/cluster-open.ts'
import { customKinds } from '../support/custom-kinds.ts'
import { chart, type Helm, helmFor, must } from '../support/helm.ts'
import type { ControlPlane } from '../support/control-plane.ts'

interface Rendered {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly data?: Readonly<Record<string, string>>
  readonly rules?: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly verbs: readonly string[]
  }[]
  readonly spec?: { readonly template?: { readonly metadata: object; readonly spec: object } }
}

const everything = {
  networkPolicy: {
    enabled: true,
    apiServerCIDRs: ['10.0.0.1/32', 'fd00::/8'],
    apiServerPorts: [6443],
    metricsFrom: [{ namespaceSelector: {} }],
    extraEgress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: 4318 }] }]
  },
  serviceMonitor: {
    enabled: true,
    namespace: 'monitoring',
    labels: { release: 'prometheus' },
    annotations: { 'example.test/a': 'b' },
    interval: '15s',
    scrapeTimeout: '10s',
    relabelings: [{ action: 'labeldrop', regex: 'pod' }],
    metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.+' }]
  },
  prometheusRule: {
    enabled: true,
    namespace: 'monitoring',
    labels: { release: 'prometheus' },
    annotations: { 'example.test/a': 'b' },
    runbookUrl: 'https://wiki.example.test/holdfast#{alert}',
    disabled: ['HoldfastReconcileErrors'],
    extraRules: [{ alert: 'Own', expr: 'vector(1)' }]
  },
  grafanaDashboard: { enabled: true, namespace: 'monitoring', annotations: { folder: 'holdfast' } },
  commonLabels: { team: 'platform' },
  commonAnnotations: { 'example.test/owner': 'platform' },
  extraObjects: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-extra' } },
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }}-more }\n'
  ],
  createNamespace: true,
  config: { operators: { onlyTrusted: true } }
}

const placed = {
  priorityClassName: '',
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} }
  ],
  annotations: { 'example.test/a': 'b' },
  podAnnotations: { 'example.test/a': 'b' },
  podLabels: { 'example.test/a': 'b' },
  extraArgs: ['--log-level=debug'],
  extraEnv: [{ name: 'TZ', value: 'UTC' }],
  extraVolumes: [{ name: 'cache', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'cache', mountPath: '/cache' }],
  revisionHistoryLimit: 0,
  resources: { limits: { memory: '1Gi', cpu: '2' } },
  serviceAccount: { create: true, name: 'own', annotations: { 'example.test/a': 'b' } }
}

const kinds = { apiGroups: ['argoproj.io'], resources: ['rollouts'], verbs: ['get', 'list', 'watch'] }

const { caCertificate: caBundle } = await issueServingCertificate({ names: ['a.test'], addresses: [], days: 1 })

/** What may be put together in a cluster with the usual operators in it. */
const matrix: Readonly<Record<string, object>> = {
  'the defaults': {},
  everything,
  'its own authority by cert-manager': { ...everything, certificates: { mode: 'cert-manager' } },
  'another issuer by cert-manager': {
    certificates: { mode: 'cert-manager', certManager: { issuerRef: { kind: 'ClusterIssuer', name: 'internal' } } }
  },
  files: { certificates: { mode: 'files', files: { secretName: 'own', caBundle } } },
  'no controller': { ...everything, controller: { enabled: false }, certificates: { mode: 'cert-manager' } },
  'audit by default': { defaultMode: 'audit', excludedNamespaces: ['legacy'] },
  'warn by default': { defaultMode: 'warn' },
  'enforce by default, closed': {
    defaultMode: 'enforce',
    webhook: { failurePolicy: { enforce: 'Fail', mutate: 'Fail' } }
  },
  'an autoscaler, and how many must stay': {
    webhook: { replicas: null, podDisruptionBudget: { minAvailable: '50%' } },
    controller: { podDisruptionBudget: { enabled: false }, preStopSeconds: 0 }
  },
  'placed pods': { webhook: placed, controller: { ...placed, serviceAccount: { create: false, name: 'default' } } },
  'pods that spread nowhere': {
    webhook: { topologySpreadConstraints: [] },
    controller: { topologySpreadConstraints: [] },
    resourceQuota: { enabled: false }
  },
  'other names': { fullnameOverride: 'guard', nameOverride: 'guard', image: { registry: 'registry.test', tag: 'v1' } },
  'a digest': { image: { digest: `sha256:${'a'.repeat(64)}` }, imagePullSecrets: [{ name: 'pull' }] },
  'custom kinds': {
    config: {
      companion: { kinds: ['Deployment.v1.apps', 'Rollout.v1alpha1.argoproj.io'] },
      server: { port: 9443, healthPort: 9090 }
    },
    rbac: { webhookRules: [kinds], controllerRules: [kinds] }
  },
  'rights of somebody else': {
    rbac: { create: false },
    webhook: { configurationAnnotations: { 'example.test/a': 'b' } }
  },
  'a background scan': { scan: { enabled: true, intervalMinutes: 5 } },
  'a background scan that reports': { scan: { enabled: true }, reports: { enabled: true } },
  'one more operator': { config: { operators: { trusted: ['system:serviceaccount:db:operator'] } } },
  'one more condition': {
    webhook: { matchConditions: [{ name: 'people', expression: "!('system:nodes' in request.userInfo.groups)" }] }
  }
}

interface Rendering {
  /** As kubectl is to read it, which reads another YAML than we do. */
  readonly text: string
  readonly objects: readonly Rendered[]
}

async function render(helm: Helm, values: object): Promise<Rendering> {
  const args = ['template', 'holdfast', chart, '--namespace', 'holdfast-system', '--values', '-']
  const text = await must(helm(args, values))
  const objects = parseAllDocuments(text).map((document) => document.toJS() as Rendered | null)
  return { text, objects: objects.filter((object) => object !== null) }
}

/** What the webhook and the controller would say of the configuration that they are given. */
function problemsOf(objects: readonly Rendered[]): readonly string[] {
  const files = objects.flatMap(({ data }) => data?.['holdfast.yaml'] ?? [])
  if (files.length !== 1) return [`there are ${files.length} configurations`]
  const { success, data, error } = buildConfigSchema(policies).safeParse(parse(files[0] ?? ''))
  return success ? [...validateWebhook(data, false), ...validateController(data)] : [error.message]
}

/** A pod as each template makes one. */
function podsOf(objects: readonly Rendered[]): readonly object[] {
  return objects.flatMap(({ metadata: { name }, spec }) => {
    if (spec?.template === undefined) return []
    const { metadata, spec: pod } = spec.template
    return [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, name, namespace: 'holdfast-system' },
        spec: { ...pod, serviceAccountName: 'default' }
      }
    ]
  })
}

async function checkAccepted(t: Test, { kubectl }: ControlPlane, { text, objects }: Rendering): Promise<void> {
  const pods = { apiVersion: 'v1', kind: 'List', items: podsOf(objects) }
  for (const [input, count] of [[text, objects.length] as const, [pods, pods.items.length] as const]) {
    const { code, stdout, stderr } = await kubectl(['apply', '--dry-run=server', '-f', '-'], { input })
    // A warning is what Pod Security says of a Deployment whose pods it would refuse.
    t.strictSame({ code, stderr }, { code: 0, stderr: '' })
    t.equal(stdout.trim().split('\n').length, count, `${count} objects were accepted`)
  }
}

async function checkMatrix(t: Test, plane: ControlPlane, helm: Helm): Promise<void> {
  for (const [name, values] of Object.entries(matrix)) {
    await t.test(name, async (test) => {
      const rendering = await render(helm, values)
      const { objects } = rendering
      test.ok(objects.length > 10, `${objects.length} objects`)
      test.strictSame(problemsOf(objects), [], 'the configuration is one that both processes take')
      await checkAccepted(test, plane, rendering)
      test.equal((await helm(['lint', chart, '--quiet', '--values', '-'], values)).code, 0, 'helm lint')
    })
  }
}

/** A pod that Pod Security would refuse is refused: the check can fail. */
async function checkRefused(t: Test, plane: ControlPlane, helm: Helm): Promise<void> {
  const { objects } = await render(helm, { securityContext: null })
  const { code, stderr } = await plane.kubectl(['create', '--dry-run=server', '-f', '-'], {
    input: { apiVersion: 'v1', kind: 'List', items: podsOf(objects) }
  })
  t.equal(code, 1)
  t.match(stderr, 'violates PodSecurity "restricted:latest"')
}

const wrong: Readonly<Record<string, readonly [object, string]>> = {
  'a value that is misspelt': [{ webhok: {} }, "at '': additional properties 'webhok' not allowed"],
  'no replicas': [{ webhook: { replicas: 0 } }, "at '/webhook/replicas': minimum: got 0, want 1"],
  'audit that fails closed': [
    { webhook: { failurePolicy: { audit: 'Fail' } } },
    "at '/webhook/failurePolicy': additional properties 'audit' not allowed"
  ],
  'a mode that there is not': [
    { defaultMode: 'deny' },
    "at '/defaultMode': value must be one of '', 'audit', 'warn', 'enforce'"
  ],
  'an alert that there is not': [
    { prometheusRule: { disabled: ['HoldfastCallsFailed'] } },
    "at '/prometheusRule/disabled/0': value must be one of 'HoldfastWebhookAway'"
  ],
  'a policy that there is not': [
    { config: { policies: { 'min-replica': {} } } },
    "at '/config/policies': additional properties 'min-replica' not allowed"
  ],
  'a setting that the chart has its own value for': [
    { config: { certificates: { mode: 'files' } } },
    "at '/config/certificates': additional properties 'mode' not allowed"
  ],
  'files without a Secret': [
    { certificates: { mode: 'files' } },
    'certificates.files.caBundle is needed for certificates.mode: files'
  ],
  'self-managed without a controller': [
    { controller: { enabled: false } },
    'certificates.mode: self-managed needs the controller; set controller.enabled, or another mode'
  ],
  'an account that nobody made': [
    { webhook: { serviceAccount: { create: false } } },
    'webhook.serviceAccount.name is needed where none is created'
  ]
}

/** What is rendered of values that only the text shows. */
async function checkTexts(t: Test, helm: Helm): Promise<void> {
  const { objects } = await render(helm, everything)
  for (const { kind, metadata } of objects.filter(({ metadata: { name } }) => !/-(?:extra|more)$/.test(name))) {
    const { annotations } = metadata as { annotations?: object }
    t.match(annotations, { 'example.test/owner': 'platform' }, `${kind} ${metadata.name} has the annotations of all`)
  }
  const find = (kind: string) => objects.find((object) => object.kind === kind)
  for (const kind of ['ServiceMonitor', 'PrometheusRule']) t.equal(find(kind)?.metadata.namespace, 'monitoring')
  const found = find('PrometheusRule')?.spec as { groups?: readonly { rules: readonly Rule[] }[] } | undefined
  const { rules = [] } = found?.groups?.[0] ?? {}
  const names = rules.map(({ alert }) => alert)
  t.notOk(names.includes('HoldfastReconcileErrors'), 'an alert that is left out')
  t.equal(names.at(-1), 'Own', 'and one that is added')
  const fails = rules.find(({ alert }) => alert === 'HoldfastCallsFail')
  t.equal(fails?.annotations['runbook_url'], 'https://wiki.example.test/holdfast#holdfastcallsfail')
  const { objects: nowhere } = await render(helm, matrix['pods that spread nowhere'] ?? {})
  t.notOk(
    podsOf(nowhere).some((pod) => JSON.stringify(pod).includes('topologySpread')),
    'no constraints'
  )
  t.notOk(nowhere.some(({ kind }) => kind === 'ResourceQuota'))
}

/** A background scan lists what facts are taken from, and what is judged. */
async function checkScanRights(t: Test, helm: Helm): Promise<void> {
  const listed = [...allKinds.filter((kind) => kind.parse !== undefined), ...sources.flatMap((one) => sourceKinds[one])]
  const listing = new Set(listed.map((kind) => `list ${groupResource(kind)}`))
  const scan = { enabled: true }
  const without = await controllerRights(helm, {})
  const scanning = await controllerRights(helm, { scan })
  const reporting = await controllerRights(helm, { scan, reports: { enabled: true } })
  t.ok(listing.size > 10, `${listing.size} kinds`)
  t.strictSame(
    [...listing].filter((right) => !scanning.has(right)),
    []
  )
  const removing = reportKinds.flatMap((kind) => ['list', 'delete'].map((verb) => `${verb} ${groupResource(kind)}`))
  t.strictSame([...scanning.difference(without).difference(listing)].toSorted(), removing.toSorted(), 'and no more')
  const writing = reportKinds.flatMap((kind) => ['create', 'patch'].map((verb) => `${verb} ${groupResource(kind)}`))
  t.strictSame([...reporting.difference(scanning)].toSorted(), writing.toSorted())
}

/** As `verb group/resource`. */
async function controllerRights(helm: Helm, values: object): Promise<Set<string>> {
  const { objects } = await render(helm, values)
  const role = objects.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'holdfast-controller')
  const rights = (role?.rules ?? []).flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${groupResource({ group, resource })}`))
    )
  )
  return new Set(rights)
}

interface Rule {
  readonly alert: string
  readonly annotations: Readonly<Record<string, string>>
}

const plane = await openControlPlane(tap, { controllerManager: false, scheduler: false, granted: false })
if (plane !== undefined) {
  const helm = await helmFor(plane)
  const restricted = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted'
  }
  await createNamespace(plane, 'holdfast-system', restricted)
  await createNamespace(plane, 'monitoring', restricted)
  await must(plane.kubectl(['create', '-f', '-'], { input: customKinds }))
  await must(plane.kubectl(['wait', 'crd', '--all', '--for=condition=Established']))
  await tap.test('the API server accepts whatever is rendered, restricted', (t) => checkMatrix(t, plane, helm))
  await tap.test('values that change a text', (t) => checkTexts(t, helm))
  await tap.test('a scan may list just what it lists', (t) => checkScanRights(t, helm))
  await tap.test('it would say where it does not', (t) => checkRefused(t, plane, helm))
  for (const [name, [values, said]] of Object.entries(wrong)) {
    await tap.test(`refused by Helm: ${name}`, async (t) => {
      const { code, stderr } = await helm(['template', 'holdfast', chart, '--values', '-'], values)
      t.equal(code, 1)
      t.ok(stderr.includes(said), stderr)
    })
  }
}
