import { unknown } from '../../src/engine/facts.ts'
import { autoscalerCanAct } from '../../src/policies/autoscaler-can-act.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import type { Json, JsonMap } from '../support/workloads.ts'

const metadata = { name: 'web', namespace: 'shop' }
const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const ofPods = (name: string): Json => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization: 60 } }
})
const ofContainer = (container: string): Json => ({
  type: 'ContainerResource',
  containerResource: { name: 'cpu', container, target: { type: 'Utilization', averageUtilization: 60 } }
})
const external: Json = { type: 'External', external: { metric: { name: 'queue' } } }
const hpa = (spec: JsonMap = {}, name = 'web'): JsonMap => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { ...metadata, name },
  spec: { scaleTargetRef: web, minReplicas: 2, maxReplicas: 10, metrics: [ofPods('cpu')], ...spec }
})
const scaledObject = (spec: JsonMap = {}): JsonMap => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata,
  spec: { scaleTargetRef: { name: 'web' }, triggers: [{ type: 'cpu', metadata: { value: '60' } }], ...spec }
})
const withCpu: JsonMap = { name: 'web', resources: { requests: { cpu: '1' } } }
const bare: JsonMap = { name: 'web' }
const target = deploymentWith({ containers: [withCpu] })
const lacking = deploymentWith({ containers: [bare] })
const sidecar = { name: 'proxy', restartPolicy: 'Always' }
const to = (scaleTargetRef: JsonMap): JsonMap => hpa({ scaleTargetRef })

const id = '[autoscaler-can-act]'
const cpuText = `${id} spec.metrics: container web requests no cpu (limit range unknown); set its request`
const ownText = `${id} spec.template.spec.containers[name=web].resources.requests: its autoscaler needs cpu (limit range unknown); set it`
const doubt = { severity: 'unknown' } as const
const inSilence = { severity: 'unknown', told: 'never' } as const
const unseen = unknown('no cluster cache')

checkPolicy(autoscalerCanAct, {
  accepts: {
    'room, a target and what is measured': { object: hpa(), around: [target] },
    'a limit, which is a request': {
      object: hpa(),
      around: [deploymentWith({ containers: [{ name: 'web', resources: { limits: { cpu: 1 } } }] })]
    },
    'a metric that needs no requests': { object: hpa({ metrics: [external] }), around: [lacking] },
    'a container that is measured alone': {
      object: hpa({ metrics: [ofContainer('web')] }),
      around: [deploymentWith({ containers: [withCpu, { name: 'log' }] })]
    },
    'a ScaledObject': { object: scaledObject(), around: [target] },
    'a ScaledObject that keeps three, and none when idle': {
      object: scaledObject({ minReplicaCount: 3, maxReplicaCount: 3, idleReplicaCount: 0 }),
      around: [target]
    },
    'a StatefulSet as its target': {
      object: to({ ...web, kind: 'StatefulSet' }),
      around: [workloadWith('StatefulSet', { containers: [withCpu] })]
    },
    'another version of its group': { object: to({ ...web, apiVersion: 'apps/v1beta1' }), around: [target] },
    'an autoscaler of something else': {
      object: hpa(),
      around: [target, hpa({ scaleTargetRef: { ...web, name: 'api' } }, 'api')]
    },
    'a workload that requests what is measured': { object: target, around: [hpa()] },
    'a workload that no autoscaler measures': { object: lacking, around: [hpa({ metrics: [external] })] },
    'a workload without an autoscaler': { object: lacking }
  },
  rejects: {
    'no room': {
      object: hpa({ minReplicas: 3, maxReplicas: 3 }),
      around: [target],
      ...doubt,
      says: [`${id} spec.maxReplicas: is minReplicas, too: it never scales (intention unknown); set it over 3`]
    },
    'a ceiling under the floor': {
      object: scaledObject({ minReplicaCount: 5, maxReplicaCount: 2 }),
      around: [target],
      says: [`${id} spec.maxReplicaCount: is under minReplicaCount; set it over 5`]
    },
    'a target that cannot be scaled': {
      object: to({ ...web, kind: 'DaemonSet' }),
      profile: 'critical',
      says: [`${id} spec.scaleTargetRef.kind: names no DaemonSet that can be scaled; name another`]
    },
    'a target in the wrong group': {
      object: to({ ...web, apiVersion: 'extensions/v1beta1' }),
      around: [target],
      says: [`${id} spec.scaleTargetRef.apiVersion: names no Deployment that can be scaled; use apps/v1`]
    },
    'a target that is not there, or not yet': {
      object: hpa(),
      profile: 'critical',
      ...doubt,
      says: [`${id} spec.scaleTargetRef.name: no Deployment web is there (intention unknown); name one that is`]
    },
    'a second autoscaler of its target': {
      object: hpa({}, 'api'),
      around: [target, hpa()],
      says: [`${id} spec.scaleTargetRef: HorizontalPodAutoscaler web drives it, too; remove one of them`]
    },
    'a second autoscaler of another kind, in critical': {
      object: hpa(),
      around: [target, scaledObject()],
      profile: 'critical',
      says: [`${id} spec.scaleTargetRef: ScaledObject web drives it, too; remove one of them`]
    },
    'a target that does not request what is measured': {
      object: hpa(),
      around: [lacking],
      profile: 'critical',
      ...doubt,
      says: [cpuText]
    },
    'what the API server measures by default': {
      object: hpa({ metrics: [] }),
      around: [lacking],
      ...doubt,
      says: [cpuText]
    },
    'what a ScaledObject measures': {
      object: scaledObject(),
      around: [lacking],
      ...doubt,
      says: [cpuText.replace('metrics', 'triggers')]
    },
    'one container of several, a native sidecar': {
      object: hpa(),
      around: [deploymentWith({ containers: [withCpu], initContainers: [sidecar, { name: 'migrate' }] })],
      ...doubt,
      says: [cpuText.replace('container web', 'container proxy')]
    },
    'each resource, once': {
      object: hpa({ metrics: [ofPods('cpu'), ofPods('memory'), ofContainer('web')] }),
      around: [lacking],
      ...doubt,
      says: [cpuText, cpuText.replace('cpu', 'memory')]
    },
    'a pod that requests something else as a whole': {
      object: hpa(),
      around: [deploymentWith({ containers: [bare], resources: { requests: { memory: '1Gi' } } })],
      ...doubt,
      says: [cpuText.replace('container web', 'the pod')]
    },
    'a container that is not there': {
      object: hpa({ metrics: [ofContainer('api')] }),
      around: [target],
      ...doubt,
      says: [`${id} spec.metrics: container api is not there (sidecars unknown); name another`]
    },
    'a workload that does not request what is measured': {
      object: lacking,
      around: [hpa()],
      ...doubt,
      says: [ownText]
    },
    'a workload in whose native sidecar it is missing': {
      object: deploymentWith({ containers: [withCpu], initContainers: [sidecar] }),
      around: [hpa()],
      ...doubt,
      says: [ownText.replace('containers[name=web]', 'initContainers[name=proxy]')]
    },
    'a workload that as a whole requests something else': {
      object: deploymentWith({ containers: [bare], resources: { requests: { memory: '1Gi' } } }),
      around: [hpa()],
      ...doubt,
      says: [ownText.replace('containers[name=web].', '')]
    },
    'a workload without the container that is measured': {
      object: target,
      around: [hpa({ metrics: [ofContainer('api')] })],
      ...doubt,
      says: [`${id} spec.template.spec.containers: its autoscaler needs api (sidecars unknown); add it`]
    },
    'an autoscaler, where nothing is known': {
      object: hpa(),
      facts: { workloads: unseen, autoscalers: unseen },
      ...inSilence,
      says: [
        `${id} spec.scaleTargetRef: is not seen (workloads unknown); see that it is there`,
        `${id} spec.scaleTargetRef: what drives it is not seen (autoscalers unknown); look for autoscalers`
      ]
    },
    'a workload, where its autoscalers are unknown': {
      object: target,
      facts: { autoscalers: unseen },
      ...inSilence,
      says: [
        `${id} spec.template.spec.containers: what drives it is not seen (autoscalers unknown); look for autoscalers`
      ]
    }
  }
})
