import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { judgeSet } from '../../src/commands/look/judge-set.ts'
import { type LookObject, toLookObject } from '../../src/commands/look/read-set.ts'
import { buildLookSchema } from '../../src/config/look-schema.ts'
import type { Finding } from '../../src/engine/finding.ts'
import { hedgeOf, isTold } from '../../src/engine/violation.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { wholeBut } from '../../src/inventory/readiness.ts'
import { allKinds } from '../../src/kube/kinds.ts'
import { isObject, type JsonObject } from '../../src/kube/shape.ts'
import { readManifests } from '../../src/manifests/read.ts'
import { policies } from '../../src/policies/index.ts'
import { resultsOf } from '../../src/report/results.ts'
import { sourceOf } from '../support/inventory.ts'
import { admitFrom, ask, copyOf, type JsonMap } from '../support/workloads.ts'
import { appliedFields, withDefaults } from './api-defaults.ts'
import { workload } from './generated.ts'
import { law } from './law.ts'

const config = buildLookSchema(policies).parse({ serverVersion: '1.33' })
const { constantFrom, subarray } = fc

const meta = (name: string, more: JsonMap = {}): JsonMap => ({ name, namespace: 'shop', ...more })
const podOf = (app: string): JsonMap => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image: 'main:1', ports: [{ containerPort: 8080, name: 'http' }] }] }
})
const selects = (app: string): JsonMap => ({ selector: { matchLabels: { app } } })
const target = (kind: string, name: string): JsonMap => ({ scaleTargetRef: { apiVersion: 'apps/v1', kind, name } })

/** What may be beside a workload: its namespace, and objects that have to do with it or not. */
const beside: readonly JsonMap[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('web'),
    spec: { selector: { app: 'web' }, ports: [{ port: 8080 }] }
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('named'),
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] }
  },
  { apiVersion: 'v1', kind: 'Service', metadata: meta('api'), spec: { selector: { app: 'api' }, clusterIP: 'None' } },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: meta('web'),
    spec: { maxUnavailable: 1, ...selects('web') }
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: meta('strict'),
    spec: { minAvailable: '100%', ...selects('web') }
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: meta('none'),
    spec: { minAvailable: 1, ...selects('nobody') }
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: meta('web'),
    spec: { ...target('Deployment', 'web'), maxReplicas: 5 }
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: meta('two'),
    spec: { ...target('StatefulSet', 'web'), minReplicas: 2, maxReplicas: 2 }
  },
  {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: meta('api'),
    spec: { scaleTargetRef: { name: 'api' }, triggers: [{ type: 'cpu' }] }
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('api'),
    spec: { ...selects('api'), template: podOf('api') }
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('twin'),
    spec: { replicas: 3, ...selects('web'), template: podOf('web') }
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta('agent'),
    spec: { ...selects('agent'), template: podOf('agent') }
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: meta('nightly'),
    spec: { schedule: '@daily', jobTemplate: { spec: { template: podOf('web') } } }
  },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('data'), spec: { accessModes: ['ReadWriteOnce'] } },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a', labels: { 'kubernetes.io/hostname': 'a', 'topology.kubernetes.io/zone': 'a' } }
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'b', labels: { 'kubernetes.io/hostname': 'b', 'topology.kubernetes.io/zone': 'b' } }
  }
]

const namespace = constantFrom<JsonMap[]>(
  {},
  {},
  { 'holdfast.dev/profile': 'critical' },
  { 'holdfast.dev/profile-version': 'v1' },
  { 'holdfast.dev/mode': 'enforce', 'holdfast.dev/inject': 'enabled' }
).map((labels): JsonMap => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }))

/** Without what the API server writes, and with the apiVersion that files have. */
const written = workload.map(({ kind, object }): JsonMap => {
  const { managedFields: _managed, annotations = {}, ...metadata } = object['metadata'] as JsonMap
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...own } = annotations as JsonMap
  const { group, version } = kindOf(kind)
  const apiVersion = group === '' ? version : `${group}/${version}`
  return { apiVersion, ...object, metadata: { ...metadata, namespace: 'shop', annotations: own } }
})

function kindOf(name: unknown) {
  const found = allKinds.find(({ kind }) => kind === name)
  if (found === undefined) throw new Error(`no kind that is known: ${String(name)}`)
  return found
}

const set = fc.record({ object: written, others: subarray([...beside]), home: namespace })

/** Where the pod template of a kind lies. */
function templateAt(kind: string): readonly string[] | undefined {
  if (kind === 'Pod') return []
  if (kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template']
  return kindOf(kind).group === 'apps' || kind === 'Job' ? ['spec', 'template'] : undefined
}

type Parts = readonly string[]

function sortedParts(parts: readonly Parts[]): readonly Parts[] {
  return parts.toSorted((one, other) => (one.join('\n') < other.join('\n') ? -1 : 1))
}

const hintOf = (reason: unknown) => (typeof reason === 'string' ? reason : '')

/** What the webhook finds in each object, by the audit annotation, which has every finding. */
function byWebhook(objects: readonly JsonObject[]): Map<string, readonly Parts[]> {
  const live = objects.map((object) => withDefaults(object, templateAt(String(object['kind']))))
  const inventory = new Inventory()
  for (const object of live) inventory.add(copyOf(object))
  // What files do not have is unknown here as well.
  const hasNodes = objects.some(({ kind }) => kind === 'Node')
  const readiness = wholeBut(hasNodes ? {} : { nodes: 'no nodes are in the set' })
  const admit = admitFrom(sourceOf(inventory, { readiness }))
  const found = new Map<string, readonly Parts[]>()
  for (const [index, object] of live.entries()) {
    const kind = kindOf(object['kind'])
    if (kind.parse === undefined || kind.kind === 'ScaledObject') continue
    const metadata = isObject(object['metadata']) ? object['metadata'] : {}
    const { group, version, resource } = kind
    const { auditAnnotations = {} } = ask(admit, 'audit', {
      object: { ...object, metadata: { ...metadata, managedFields: appliedFields(objects[index] ?? {}) } },
      request: { resource: { group, version, resource }, name: metadata['name'], namespace: 'shop' }
    })
    const findings = JSON.parse(auditAnnotations['findings'] ?? '[]') as Record<string, unknown>[]
    const parts = findings.map(({ policy, severity, field, problem, fix, reason }) => {
      return comparable([policy, severity, field, problem, fix, hintOf(reason)].map(String))
    })
    found.set(`${kind.kind}/${String(metadata['name'])}`, sortedParts(parts))
  }
  return found
}

const today = () => '2026-11-21'

function partsOf({ policy, severity, field, problem, fix, certainty }: Finding): Parts {
  return comparable([policy, severity, field, problem, fix, certainty.kind === 'uncertain' ? certainty.reason : ''])
}

/** A file does not show how it will be applied, and there is one fix for each way. */
function comparable([policy = '', severity = '', field = '', problem = '', fix = '', reason = '']: Parts): Parts {
  return [policy, severity, field, problem, policy === 'autoscaler-owns-replicas' ? '' : fix, reason]
}

/** What files are found to have; and that the report says just what a person is told. */
function byFiles(objects: readonly JsonObject[]): Map<string, readonly Parts[]> {
  const text = objects.map((object) => JSON.stringify(object)).join('\n')
  const { manifests, problems } = readManifests(text)
  assert.deepEqual(problems, [])
  const read = manifests.map((manifest): LookObject => toLookObject(manifest, { file: 'all.yaml' }, 'shop'))
  assert.equal(read.length, objects.length)
  const found = new Map<string, readonly Parts[]>()
  const { incomplete } = judgeSet(
    { policies, config, objects: read, partial: false, facts: undefined, today },
    ({ from: { object }, judgement, isFixable }) => {
      const { findings } = judgement.evaluation
      if (object.kind !== 'ScaledObject') found.set(`${object.kind}/${object.name}`, sortedParts(findings.map(partsOf)))
      const results = resultsOf({ judgement, object, isFixable })
      const counted = results.filter(({ suppressed }) => suppressed === undefined)
      assert.deepEqual(
        counted.map(({ policy, problem, fix, hedge }) => [policy, problem, fix, hedge]),
        findings
          .filter((finding) => isTold(finding, 'UPDATE'))
          .map((finding) => [finding.policy, finding.problem, finding.fix, hedgeOf(finding)])
      )
    }
  )
  assert.deepEqual(incomplete, [])
  return found
}

law('files and admission find the same, in the same words', set, ({ object, others, home }) => {
  const all = [
    home,
    object,
    ...others.filter(({ kind, metadata }) => kind !== object['kind'] || nameOf(metadata) !== 'web')
  ]
  const objects = all.map((one) => JSON.parse(JSON.stringify(one)) as JsonObject)
  assert.deepEqual(byFiles(objects), byWebhook(objects))
})

function nameOf(metadata: unknown): unknown {
  return isObject(metadata) ? metadata['name'] : undefined
}
