import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import { known, unknown } from '../../src/inventory/fact.ts'
import { autoscalerCanAct } from '../../src/policies/autoscaler-can-act.ts'
import { apiServiceOf, servedGroups } from '../support/inventory.ts'
import { checkPolicy, deploymentWith, type Given, type Rejected, workloadWith } from '../support/policy-cases.ts'
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
const scaledObject = (spec: JsonMap = {}, annotations: JsonMap = {}): JsonMap => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { ...metadata, annotations },
  spec: { scaleTargetRef: { name: 'web' }, triggers: [{ type: 'cpu', metadata: { value: '60' } }], ...spec }
})
const takingOver = (name: string): JsonMap => {
  const advanced = { horizontalPodAutoscalerConfig: { name } }
  return scaledObject({ advanced }, { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' })
}
const madeByKeda = {
  ...hpa({}, 'keda-hpa-web'),
  metadata: {
    ...metadata,
    name: 'keda-hpa-web',
    ownerReferences: [{ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'web', controller: true }]
  }
}
const withCpu: JsonMap = { name: 'web', resources: { requests: { cpu: '1' } } }
const bare: JsonMap = { name: 'web' }
const target = deploymentWith({ containers: [withCpu] })
const lacking = deploymentWith({ containers: [bare] })
const existing: ExistingWorkload = {
  group: '',
  kind: 'Custom',
  metadata,
  replicas: 2,
  podLabels: {},
  selector: undefined,
  containers: [{ name: 'web', requests: ['cpu'] }],
  autoscaler: null
}
const limitRange: JsonMap = {
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'usual' },
  spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '100m' } }] }
}
const vertical = (spec: JsonMap, name = 'web'): JsonMap => ({
  apiVersion: 'autoscaling.k8s.io/v1',
  kind: 'VerticalPodAutoscaler',
  metadata: { name },
  spec: { targetRef: { ...web, name }, ...spec }
})
const ofMemory: JsonMap = { containerName: '*', controlledResources: ['memory'] }
const noMore: JsonMap = { scaleUp: { selectPolicy: 'Disabled' } }
const ofEach: Json = { type: 'Pods', pods: { metric: { name: 'requests' } } }
/** An API server that serves its own groups, and these. */
const serving = (...groups: readonly string[]): JsonMap[] => {
  return [apiServiceOf('apps', 'v1'), ...groups.map((group) => apiServiceOf(group))] as JsonMap[]
}
const unserved = (index: number, group: string, never: string, server = 'its adapter'): string =>
  `${id} spec.metrics[${index}]: nothing serves ${group}, so it ${never} (unless it is created later); install ${server}, or use another metric`
const disabled = hpa({ behavior: noMore })
const sidecar = { name: 'proxy', restartPolicy: 'Always' }
const to = (scaleTargetRef: JsonMap): JsonMap => hpa({ scaleTargetRef })

const id = '[autoscaler-can-act]'
const chasing = `${id} spec.metrics: VerticalPodAutoscaler web keeps changing the cpu requests that it measures by; leave cpu to one of them`
const neverUp = (at: string): string =>
  `${id} spec.${at}.scaleUp.selectPolicy: is Disabled, so it never scales up (unless intended); leave it out`
const cpuText = `${id} spec.metrics: container web requests no cpu, so its use cannot be measured (unless a LimitRange sets it); request it in its target`
const ownText = `${id} spec.template.spec.containers[name=web].resources.requests: its autoscaler measures cpu, which is not requested (unless a LimitRange sets it); set cpu`
const doubt = { severity: 'unknown' } as const
const inSilence = { severity: 'unknown', told: 'never' } as const
const unseen = unknown('no cluster cache')

checkPolicy(autoscalerCanAct, {
  accepts: {
    ...Object.fromEntries(
      [
        ['v1', 'ReplicationController'],
        ['argoproj.io/v1alpha1', 'Rollout'],
        ['example.org/v1', 'DaemonSet']
      ].map(([apiVersion = '', kind = '']): [string, Given] => [
        `a ${kind} of ${apiVersion}, which may have replicas`,
        { object: to({ apiVersion, kind, name: 'web' }), facts: { workloads: known([existing]) } }
      ])
    ),
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
    'a ScaledObject beside the autoscaler that KEDA made for it': {
      object: scaledObject(),
      around: [target, madeByKeda]
    },
    'a ScaledObject that takes over the autoscaler of its target': {
      object: takingOver('old'),
      around: [target, hpa({}, 'old')]
    },
    'an autoscaler that a ScaledObject takes over': { object: hpa({}, 'old'), around: [target, takingOver('old')] },
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
    'a workload without an autoscaler': { object: lacking },
    'requests that a LimitRange gives': { object: hpa(), around: [lacking, limitRange] },
    'a workload that a LimitRange gives the requests': { object: lacking, around: [hpa(), limitRange] },
    'a VerticalPodAutoscaler of another resource': {
      object: hpa(),
      around: [target, vertical({ resourcePolicy: { containerPolicies: [ofMemory] } })]
    },
    'a VerticalPodAutoscaler of another container': {
      object: hpa({ metrics: [ofContainer('web')] }),
      around: [target, vertical({ resourcePolicy: { containerPolicies: [{ containerName: 'web', mode: 'Off' }] } })]
    },
    'a VerticalPodAutoscaler that only recommends': {
      object: hpa(),
      around: [target, vertical({ updatePolicy: { updateMode: 'Off' } })]
    },
    'a VerticalPodAutoscaler that leaves running pods alone': {
      object: hpa(),
      around: [target, vertical({ updatePolicy: { updateMode: 'Initial' } })]
    },
    'a VerticalPodAutoscaler, where no request is measured': {
      object: hpa({ metrics: [external] }),
      around: [target, vertical({})]
    },
    'a VerticalPodAutoscaler of another target': { object: hpa(), around: [target, vertical({}, 'api')] },
    'VerticalPodAutoscalers that are unknown': {
      object: hpa(),
      around: [target],
      facts: { verticalAutoscalers: unseen }
    },
    'metrics of every kind that is served': {
      object: hpa({ metrics: [ofPods('cpu'), ofEach, external] }),
      around: [target, ...(servedGroups as JsonMap[])]
    },
    'metrics that nothing serves, where the groups of the API server are not listed': {
      object: hpa({ metrics: [external] }),
      around: [target, apiServiceOf('custom.metrics.k8s.io') as JsonMap]
    },
    'metrics that nothing serves, in a namespace that pins v1': {
      object: hpa({ metrics: [external] }),
      around: [target, ...serving()],
      version: 'v1'
    },
    'a ScaledObject, whose metrics KEDA serves': {
      object: scaledObject({ triggers: [{ type: 'kafka', metadata: {} }] }),
      around: [target, ...serving()]
    },
    'what was not judged in v1': { object: disabled, around: [target, vertical({})], version: 'v1' },
    'an autoscaler that never scales down': {
      object: hpa({ behavior: { scaleDown: { selectPolicy: 'Disabled' } } }),
      around: [target]
    }
  },
  rejects: {
    'one metric that nothing serves': {
      object: hpa({ metrics: [ofPods('cpu'), external] }),
      around: [target, ...serving('metrics.k8s.io')],
      ...doubt,
      says: [unserved(1, 'external.metrics.k8s.io', 'never scales down')]
    },
    'two metrics that nothing serves, once': {
      object: hpa({ metrics: [ofEach, external] }),
      around: [target, ...serving('metrics.k8s.io')],
      ...doubt,
      says: [unserved(0, 'custom.metrics.k8s.io', 'never scales')]
    },
    'the metric that an autoscaler has by default, in a cluster without metrics-server': {
      object: hpa({ metrics: [] }),
      around: [target, ...serving()],
      profile: 'critical',
      ...doubt,
      says: [unserved(0, 'metrics.k8s.io', 'never scales', 'metrics-server')]
    },
    'no room': {
      object: hpa({ minReplicas: 3, maxReplicas: 3 }),
      around: [target],
      ...doubt,
      says: [`${id} spec.maxReplicas: equals minReplicas, so it never scales (unless intended); set it above 3`]
    },
    'a ceiling under the floor': {
      object: scaledObject({ minReplicaCount: 5, maxReplicaCount: 2 }),
      around: [target],
      says: [`${id} spec.maxReplicaCount: is below minReplicaCount; set it above 5`]
    },
    'a target that cannot be scaled': {
      object: to({ ...web, kind: 'DaemonSet' }),
      profile: 'critical',
      says: [`${id} spec.scaleTargetRef.kind: a DaemonSet cannot be scaled; name a kind that has replicas`]
    },
    ...Object.fromEntries(
      [
        ['batch/v1', 'Job'],
        ['batch/v1', 'CronJob'],
        ['v1', 'Pod']
      ].map(([apiVersion = '', kind = '']): [string, Rejected] => [
        `a ${kind} as its target`,
        {
          object: to({ apiVersion, kind, name: 'web' }),
          says: [`${id} spec.scaleTargetRef.kind: a ${kind} cannot be scaled; name a kind that has replicas`]
        }
      ])
    ),
    'a target without an apiVersion, which is in the core group': {
      object: to({ kind: 'Deployment', name: 'web' }),
      around: [target],
      says: [`${id} spec.scaleTargetRef.apiVersion: this API version has no Deployment that can be scaled; use apps/v1`]
    },
    'a target in the wrong group': {
      object: to({ ...web, apiVersion: 'extensions/v1beta1' }),
      around: [target],
      says: [`${id} spec.scaleTargetRef.apiVersion: this API version has no Deployment that can be scaled; use apps/v1`]
    },
    'a target that is not there, or not yet': {
      object: hpa(),
      profile: 'critical',
      ...doubt,
      told: 'on-update',
      says: [
        `${id} spec.scaleTargetRef.name: Deployment web does not exist (unless it is created later); name a target that exists`
      ]
    },
    'a second autoscaler of its target': {
      object: hpa({}, 'api'),
      around: [target, hpa()],
      says: [`${id} spec.scaleTargetRef: HorizontalPodAutoscaler web also drives its target; remove one of them`]
    },
    'a second autoscaler of another kind, in critical': {
      object: hpa(),
      around: [target, scaledObject()],
      profile: 'critical',
      says: [`${id} spec.scaleTargetRef: ScaledObject web also drives its target; remove one of them`]
    },
    'a ScaledObject that takes over another one': {
      object: takingOver('older'),
      around: [target, hpa({}, 'old')],
      says: [`${id} spec.scaleTargetRef: HorizontalPodAutoscaler old also drives its target; remove one of them`]
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
    'a resource of a long name': {
      object: hpa({ metrics: [ofPods(`example.com/${'x'.repeat(300)}`)] }),
      around: [lacking],
      ...doubt,
      says: [cpuText.replace('no cpu', 'no example.com/…xxxxxxxxxxx')]
    },
    'each resource, once': {
      object: hpa({ metrics: [ofPods('cpu'), ofPods('memory'), ofContainer('web')] }),
      around: [lacking],
      ...doubt,
      says: [cpuText, cpuText.replaceAll('cpu', 'memory')]
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
      says: [
        `${id} spec.metrics: its target has no container api (unless a webhook adds it to the pods); name one of its containers`
      ]
    },
    'a LimitRange that gives another resource': {
      object: hpa({ metrics: [ofPods('memory')] }),
      around: [lacking, limitRange],
      ...doubt,
      says: [cpuText.replaceAll('cpu', 'memory')]
    },
    'a LimitRange in v1': { object: hpa(), around: [lacking, limitRange], version: 'v1', ...doubt, says: [cpuText] },
    'a pod that requests as a whole, beside a LimitRange': {
      object: hpa(),
      around: [deploymentWith({ containers: [bare], resources: { requests: { memory: '1Gi' } } }), limitRange],
      ...doubt,
      says: [cpuText.replace('container web', 'the pod')]
    },
    'a VerticalPodAutoscaler of the resource that is measured': {
      object: hpa(),
      around: [target, vertical({})],
      profile: 'critical',
      says: [chasing]
    },
    'a VerticalPodAutoscaler of the container that is measured': {
      object: hpa({ metrics: [ofContainer('web')] }),
      around: [
        target,
        vertical({
          resourcePolicy: { containerPolicies: [{ containerName: '*', mode: 'Off' }, { containerName: 'web' }] }
        })
      ],
      says: [chasing]
    },
    'a ScaledObject beside a VerticalPodAutoscaler': {
      object: scaledObject(),
      around: [target, vertical({ updatePolicy: { updateMode: 'InPlaceOrRecreate' } })],
      says: [chasing.replace('metrics', 'triggers')]
    },
    'an autoscaler that never scales up': {
      severity: 'unknown',
      object: disabled,
      around: [target],
      says: [neverUp('behavior')]
    },
    'a ScaledObject that never scales up': {
      severity: 'unknown',
      object: scaledObject({ advanced: { horizontalPodAutoscalerConfig: { behavior: noMore } } }),
      around: [target],
      says: [neverUp('advanced.horizontalPodAutoscalerConfig.behavior')]
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
      says: [
        `${id} spec.template.spec.containers: its autoscaler measures container api, which is missing (unless a webhook adds it to the pods); add it, or change the autoscaler`
      ]
    },
    'an autoscaler, where nothing is known': {
      object: hpa(),
      facts: { workloads: unseen, autoscalers: unseen },
      ...inSilence,
      says: [
        `${id} spec.scaleTargetRef: its target may not exist (workloads unknown); check that it exists`,
        `${id} spec.scaleTargetRef: another autoscaler may drive its target (autoscalers unknown); keep one autoscaler`
      ]
    },
    'a workload, where its autoscalers are unknown': {
      object: target,
      facts: { autoscalers: unseen },
      ...inSilence,
      says: [
        `${id} spec.template.spec.containers: an autoscaler may measure requests that are missing (autoscalers unknown); check what the autoscaler measures`
      ]
    }
  }
})
