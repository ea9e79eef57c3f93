import { randomUUID } from 'node:crypto'
import fastJsonPatch from 'fast-json-patch'
import type { Admit } from '../src/admission/answer.ts'

const labels = { 'app.kubernetes.io/name': 'checkout', 'app.kubernetes.io/part-of': 'shop' }

const resources = { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } }
const containerDefaults = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent'
}
const probeDefaults = { timeoutSeconds: 2, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }

function toContainers(version: string) {
  return [
    {
      name: 'checkout',
      image: `images.example/shop/checkout:${version}`,
      args: ['--listen=:8080', '--log-format=json'],
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      env: [
        { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'checkout-database', key: 'url' } } },
        { name: 'PAYMENT_KEY', valueFrom: { secretKeyRef: { name: 'checkout-payment', key: 'api-key' } } },
        { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
        { name: 'CURRENCIES', value: 'EUR,USD,GBP,CHF,SEK,NOK,DKK,PLN,CZK' },
        { name: 'BASKET_TTL', value: '720h' }
      ],
      resources,
      volumeMounts: [{ name: 'settings', mountPath: '/etc/checkout', readOnly: true }],
      livenessProbe: { httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' }, ...probeDefaults },
      ...containerDefaults
    },
    {
      name: 'exporter',
      image: 'images.example/tools/exporter:v0.26.0',
      ports: [{ name: 'metrics', containerPort: 9113, protocol: 'TCP' }],
      resources,
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      ...containerDefaults
    }
  ]
}

const ownedLabels = { 'f:labels': { 'f:app.kubernetes.io/name': {}, 'f:app.kubernetes.io/part-of': {} } }
const ownedProbe = {
  'f:failureThreshold': {},
  'f:httpGet': { 'f:path': {}, 'f:port': {} },
  'f:periodSeconds': {},
  'f:timeoutSeconds': {}
}
const ownedContainer = {
  '.': {},
  'f:image': {},
  'f:name': {},
  'f:ports': { 'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:name': {} } },
  'f:resources': { 'f:limits': { 'f:memory': {} }, 'f:requests': { 'f:cpu': {}, 'f:memory': {} } }
}

const ownedEnv = Object.fromEntries(
  ['DATABASE_URL', 'PAYMENT_KEY', 'POD_NAME', 'CURRENCIES', 'BASKET_TTL'].map((name) => {
    return [`k:{"name":"${name}"}`, { '.': {}, 'f:name': {}, 'f:value': {} }]
  })
)

/** What the server side apply of such a manifest leaves: the fields that its user wrote. */
const managedFields = [
  {
    manager: 'kubectl',
    operation: 'Apply',
    apiVersion: 'apps/v1',
    time: '2027-01-15T10:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': ownedLabels,
      'f:spec': {
        'f:replicas': {},
        'f:selector': {},
        'f:template': {
          'f:metadata': ownedLabels,
          'f:spec': {
            'f:containers': {
              'k:{"name":"checkout"}': {
                ...ownedContainer,
                'f:args': {},
                'f:env': ownedEnv,
                'f:livenessProbe': ownedProbe
              },
              'k:{"name":"exporter"}': { ...ownedContainer, 'f:securityContext': {} }
            },
            'f:serviceAccountName': {},
            'f:volumes': { 'k:{"name":"settings"}': { '.': {}, 'f:configMap': { 'f:name': {} }, 'f:name': {} } }
          }
        }
      }
    }
  }
]

function toDeployment(version: string) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'checkout',
      namespace: 'shop',
      uid: '0f9d6a3e-2b41-4c57-9d8e-6a1b3c5d7e9f',
      generation: 1,
      creationTimestamp: '2027-01-15T10:00:00Z',
      labels,
      annotations: {
        'shop.example/owner': 'checkout team, checkout@shop.example',
        'shop.example/runbook': 'https://runbooks.shop.example/checkout/what-to-do-when-it-pages',
        'shop.example/change': 'checkout v1, released from main after the nightly tests, ticket SHOP-4711'
      },
      managedFields
    },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { creationTimestamp: null, labels },
        spec: {
          containers: toContainers(version),
          volumes: [{ name: 'settings', configMap: { name: 'checkout', defaultMode: 420 } }],
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          dnsPolicy: 'ClusterFirst',
          serviceAccountName: 'checkout',
          serviceAccount: 'checkout',
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          schedulerName: 'default-scheduler'
        }
      },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600
    },
    status: {}
  }
}

function toReview(operation: 'CREATE' | 'UPDATE', object: unknown, oldObject: unknown): string {
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' }
  const resource = { group: 'apps', version: 'v1', resource: 'deployments' }
  const request = {
    uid: randomUUID(),
    kind,
    resource,
    requestKind: kind,
    requestResource: resource,
    name: 'checkout',
    namespace: 'shop',
    operation,
    userInfo: { username: 'deployer', groups: ['shop-developers', 'system:authenticated'] },
    object,
    oldObject,
    dryRun: false,
    options: { kind: `${operation === 'CREATE' ? 'Create' : 'Update'}Options`, apiVersion: 'meta.k8s.io/v1' }
  }
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request })
}

/** The bodies that are sent: a Deployment of two containers that lacks much, and what comes of it later. */
export interface Reviews {
  /** The Deployment as its owner wrote it. */
  create: string
  /** The same, repaired: what arrives to be validated. */
  repaired: string
  /** The repaired one gets another image. */
  update: string
}

function repair(admit: Admit, create: string): unknown {
  const { response } = JSON.parse(admit('mutate', JSON.parse(create)).body) as { response: { patch?: string } }
  const operations = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()) as fastJsonPatch.Operation[]
  return fastJsonPatch.applyPatch(toDeployment('v1'), operations).newDocument
}

function withImage(deployment: unknown): unknown {
  const path = '/spec/template/spec/containers/0/image'
  const value = 'images.example/shop/checkout:v2'
  return fastJsonPatch.applyPatch(structuredClone(deployment), [{ op: 'replace', path, value }]).newDocument
}

/** `admit` repairs the Deployment, so that what is updated is what Holdfast itself makes. */
export function buildReviews(admit: Admit): Reviews {
  const create = toReview('CREATE', toDeployment('v1'), null)
  const repaired = repair(admit, create)
  return {
    create,
    repaired: toReview('CREATE', repaired, null),
    update: toReview('UPDATE', withImage(repaired), repaired)
  }
}
