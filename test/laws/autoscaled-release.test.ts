import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { policies } from '../../src/policies/index.ts'
import { factsAround } from '../support/inventory.ts'
import { subjectFrom } from '../support/policy-cases.ts'
import { admitOf, ask, type Json, type JsonMap } from '../support/workloads.ts'
import { law } from './law.ts'

const { constantFrom } = fc
const about = policies.filter(({ id }) => /autoscaler|min-replicas/.test(id))
const resources = new Map<Json | undefined, { group: string; version: string; resource: string }>([
  ['Deployment', { group: 'apps', version: 'v1', resource: 'deployments' }],
  ['StatefulSet', { group: 'apps', version: 'v1', resource: 'statefulsets' }],
  ['HorizontalPodAutoscaler', { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' }],
  ['ScaledObject', { group: 'keda.sh', version: 'v1alpha1', resource: 'scaledobjects' }]
])

const requests = constantFrom<JsonMap>({}, { requests: { cpu: '1' } }, { limits: { memory: '1Gi' } })
const workload = fc.record({
  kind: constantFrom('Deployment', 'StatefulSet'),
  resources: requests,
  defaulted: fc.boolean()
})

/** It leaves its number to an autoscaler, and arrives with or without the default. */
function workloadOf(name: string): fc.Arbitrary<JsonMap> {
  return workload.map(({ kind, resources: own, defaulted }) => {
    const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', resources: own }] } }
    const spec = { ...(defaulted && { replicas: 1 }), selector: { matchLabels: { app: name } }, template }
    return { apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'shop' }, spec }
  })
}

function autoscalerOf(name: string, kind: Json | undefined): fc.Arbitrary<JsonMap> {
  const target = { apiVersion: 'apps/v1', kind, name }
  const metadata = { name, namespace: 'shop' }
  const hpa = constantFrom(3, 4).map((minReplicas): JsonMap => {
    const spec = { scaleTargetRef: target, minReplicas, maxReplicas: 9 }
    return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec }
  })
  const scaledObject = constantFrom(0, 3).map((minReplicaCount): JsonMap => {
    const spec = { scaleTargetRef: target, minReplicaCount, triggers: [{ type: 'cpu', metadata: { value: '60' } }] }
    return { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata, spec }
  })
  return fc.oneof(hpa, scaledObject)
}

/** A ScaledObject that takes over the HorizontalPodAutoscaler of a name, as KEDA documents it. */
function taking(name: string, kind: Json | undefined): JsonMap {
  const annotations = { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' }
  const advanced = { horizontalPodAutoscalerConfig: { name } }
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: `${name}-taking`, namespace: 'shop', annotations },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name }, minReplicaCount: 3, triggers: [], advanced }
  }
}

/** A workload and its autoscaler; beside them, perhaps, the autoscaler's next name, or the ScaledObject that takes it over. */
const family = (name: string) =>
  workloadOf(name).chain((one) => {
    return fc
      .tuple(autoscalerOf(name, one['kind']), constantFrom('alone', 'renamed', 'taken over'))
      .map(([own, how]) => {
        const next: JsonMap = { ...own, metadata: { name: `${name}-next`, namespace: 'shop' } }
        return [
          one,
          own,
          ...(how === 'renamed' ? [next] : []),
          ...(how === 'taken over' ? [taking(name, one['kind'])] : [])
        ]
      })
  })
const release = fc.tuple(family('web'), family('api')).chain((parts) => {
  return fc.shuffledSubarray(parts.flat(), { minLength: parts.flat().length })
})

law('of workloads and their autoscalers every object is let in, whichever comes first', release, (objects) => {
  for (const [index, object] of objects.entries()) {
    const facts = factsAround(subjectFrom(object), objects.slice(0, index))
    const request = { resource: resources.get(object['kind']) }
    const { allowed, status } = ask(admitOf({ facts, profile: 'critical', policies: about }), 'enforce', {
      object,
      request
    })
    assert.ok(allowed, status?.message ?? '')
  }
})
