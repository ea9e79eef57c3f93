import { type Fact, known, unknown } from '../../src/inventory/fact.ts'
import type { Autoscaler } from '../../src/kube/autoscaler.ts'
import { rolloutKeepsCapacity } from '../../src/policies/rollout-keeps-capacity.ts'
import { checkPolicy, workloadWith } from '../support/policy-cases.ts'
import { autoscalerOf } from '../support/facts.ts'
import { type JsonMap } from '../support/workloads.ts'

const pod: JsonMap = { containers: [{ name: 'web' }] }
const claiming: JsonMap = { ...pod, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }
const onHost: JsonMap = { containers: [{ name: 'web', ports: [{ containerPort: 9100 }] }], hostNetwork: true }
const silentOnHost: JsonMap = { ...pod, hostNetwork: true }
const scratch: JsonMap = { ...pod, volumes: [{ name: 'scratch', emptyDir: {} }] }

const deployment = (replicas: number, strategy: JsonMap, spec = pod): JsonMap =>
  workloadWith('Deployment', spec, { replicas, strategy })
const rolling = (replicas: number, rollingUpdate: JsonMap): JsonMap =>
  deployment(replicas, { type: 'RollingUpdate', rollingUpdate })
const recreate = (replicas: number, spec = pod): JsonMap => deployment(replicas, { type: 'Recreate' }, spec)
const set = (replicas: number, updateStrategy: JsonMap): JsonMap =>
  workloadWith('StatefulSet', pod, { replicas, updateStrategy })
const rollingSet = (replicas: number, rollingUpdate: JsonMap): JsonMap =>
  set(replicas, { type: 'RollingUpdate', rollingUpdate })
const claim = (strategy: JsonMap): JsonMap => deployment(1, strategy, claiming)
const driven = (minReplicas: number): { autoscaler: Fact<Autoscaler> } => ({
  autoscaler: known(autoscalerOf({ minReplicas }))
})
const serving: JsonMap = { containers: [{ name: 'web', ports: [{ containerPort: 8080 }] }] }
const service: JsonMap = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }
}
const claimFor = (...accessModes: string[]): JsonMap => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes }
})
const stopFirst = { maxSurge: 0, maxUnavailable: '25%' }
const rollingOne = (rollingUpdate: JsonMap, spec = pod): JsonMap =>
  deployment(1, { type: 'RollingUpdate', rollingUpdate }, spec)
const unseen = { autoscaler: unknown('no cluster cache') }

const id = '[rollout-keeps-capacity]'
const stopsAll = `${id} spec.strategy.rollingUpdate.maxUnavailable: a rollout may stop all pods at once; set it to 0, and maxSurge to 1`
const setStopsAll = `${id} spec.updateStrategy.rollingUpdate.maxUnavailable: a rollout may stop all pods at once; set it to 1`
const unsure = (finding: string): string => finding.replace('at once;', 'at once (autoscaler unknown);')
const recreates = `${id} spec.strategy.type: Recreate stops every pod before it starts a new one; use RollingUpdate if old and new pods may run at once`
const stopsTheOnly = 'stops the only pod before it starts a new one'
const recreatesOne = (hedge: string): string =>
  `${id} spec.strategy.type: Recreate ${stopsTheOnly} (${hedge}); use RollingUpdate if two may run at once`
const noSurge = `${id} spec.strategy.rollingUpdate.maxUnavailable: a rollout ${stopsTheOnly} (unless intended); if two may run at once, set it to 0, and maxSurge to 1`
const holdsBack = (partition: number, replicas: number): string =>
  `${id} spec.updateStrategy.rollingUpdate.partition: with partition ${partition} of ${replicas}, a rollout updates no pod (unless intended); leave it out`

checkPolicy(rolloutKeepsCapacity, {
  accepts: {
    'what the API server fills in': { object: rolling(3, { maxSurge: '25%', maxUnavailable: '25%' }) },
    'what the API server fills in, for one pod: it surges': {
      object: rolling(1, { maxSurge: '25%', maxUnavailable: '25%' })
    },
    'no strategy at all': { object: workloadWith('Deployment', pod, { replicas: 2 }) },
    'half of two, which rounds down to one': { object: rolling(2, { maxUnavailable: '50%' }) },
    '99% of three, which rounds down to two': { object: rolling(3, { maxUnavailable: '99%' }) },
    'one at a time without surge': { object: rolling(2, { maxSurge: 0, maxUnavailable: 1 }) },
    'a switched-off workload that may lose all its pods': { object: rolling(0, { maxUnavailable: '100%' }) },
    'Recreate of one pod with a claim, which cannot overlap with its successor': { object: recreate(1, claiming) },
    'Recreate of one pod on the host network, whose port its successor would need': { object: recreate(1, onHost) },
    'one pod on the host network that goes first': {
      object: deployment(1, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }, onHost)
    },
    'one pod with a claim that goes before its successor comes': {
      object: claim({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } })
    },
    'one pod with a claim that may go at any time': {
      object: claim({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } }),
      facts: unseen
    },
    'Recreate of one pod that serves nothing: two at once may be harmful': { object: recreate(1) },
    'Recreate of one pod whose volume is its own': { object: recreate(1, scratch) },
    'Recreate of one pod on the host network that declares no port': { object: recreate(1, silentOnHost) },
    'Recreate of one pod beside a Service for others': {
      object: recreate(1),
      around: [{ ...service, spec: { selector: { app: 'api' }, ports: [{ port: 80, targetPort: 8080 }] } }]
    },
    'the only pod goes first, and it serves nothing': { object: rollingOne(stopFirst) },
    'Recreate of two pods on one node by their claim': {
      object: recreate(2, claiming),
      around: [claimFor('ReadWriteOnce')]
    },
    'all pods may go that one claim holds on a node': {
      object: deployment(3, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } }, claiming),
      around: [claimFor('ReadWriteOncePod')]
    },
    'Recreate of two pods whose only node has one port for them': { object: recreate(2, { ...onHost, nodeName: 'a' }) },
    'Recreate, switched off': { object: recreate(0) },
    'Recreate, switched off beside an autoscaler, which then stands still': { object: recreate(0), facts: driven(3) },
    'OnDelete, switched off': { object: set(0, { type: 'OnDelete' }) },
    'as many as there are now, of the more that an autoscaler keeps': {
      object: rolling(1, { maxUnavailable: 1 }),
      facts: driven(2)
    },
    'the only pod, which may go first, of the more that an autoscaler keeps': {
      object: rolling(1, { maxSurge: 0, maxUnavailable: '25%' }),
      facts: driven(4)
    },
    'all pods of a StatefulSet, of which a partition holds some back': {
      object: rollingSet(3, { maxUnavailable: '100%', partition: 1 })
    },
    'as many pods of a StatefulSet as there are, of which a partition holds some back': {
      object: rollingSet(3, { maxUnavailable: 3, partition: 2 }),
      facts: unseen
    },
    'a partition below the number of pods that an autoscaler keeps': {
      object: rollingSet(1, { partition: 2 }),
      facts: driven(3)
    },
    'one pod of a StatefulSet, which rolls by going away': { object: rollingSet(1, { maxUnavailable: 1 }) },
    'a StatefulSet that says nothing': { object: workloadWith('StatefulSet', pod, { replicas: 3 }) },
    'a StatefulSet whose percentage rounds down to two of three': {
      object: rollingSet(3, { maxUnavailable: '99%' })
    },
    'a StatefulSet whose percentage rounds down to none, which counts as one': {
      object: rollingSet(2, { maxUnavailable: '10%' })
    },
    'a canary: the partition holds back all pods but the last': { object: rollingSet(3, { partition: 2 }) },
    'a partition of zero': { object: rollingSet(3, { partition: 0 }) },
    'a partition of a switched-off StatefulSet': { object: rollingSet(0, { partition: 3 }) },
    'a value that is no percentage: the API server refuses it': { object: rolling(1, { maxUnavailable: 'all' }) },
    'Recreate in baseline, where the policy is off': { object: recreate(3), profile: 'baseline' },
    'a DaemonSet': { object: workloadWith('DaemonSet', pod, { updateStrategy: { type: 'OnDelete' } }) }
  },
  rejects: {
    Recreate: { object: recreate(3), says: [recreates] },
    'Recreate of one pod that a Service leads to': {
      object: recreate(1),
      around: [service],
      severity: 'unknown',
      says: [recreatesOne('unless intended')]
    },
    'Recreate of one pod that declares a port': {
      object: recreate(1, serving),
      severity: 'unknown',
      says: [recreatesOne('unless intended')]
    },
    'Recreate of one pod that declares a port, where nothing else is known': {
      object: recreate(1, serving),
      facts: { ...unseen, services: unknown('no cluster cache') },
      severity: 'unknown',
      says: [recreatesOne('unless intended')]
    },
    'Recreate of one pod that declares no port, of which an autoscaler may run several': {
      object: recreate(1),
      facts: unseen,
      severity: 'unknown',
      says: [recreatesOne('autoscaler unknown')]
    },
    'Recreate of one pod that declares no port, where nothing is known': {
      object: recreate(1),
      facts: { ...unseen, services: unknown('no cluster cache') },
      severity: 'unknown',
      says: [recreatesOne('autoscaler unknown')]
    },
    'Recreate of one pod that only has a port for metrics': {
      object: recreate(1, { containers: [{ name: 'web', ports: [{ name: 'metrics', containerPort: 8080 }] }] }),
      severity: 'unknown',
      told: 'never',
      says: [recreatesOne('unless intended')]
    },
    'Recreate of one pod, where a Service may lead to it': {
      object: recreate(1),
      facts: { services: unknown('no cluster cache') },
      severity: 'unknown',
      told: 'never',
      says: [recreatesOne('services unknown')]
    },
    'Recreate of one pod that an autoscaler may make several of': {
      object: recreate(1),
      facts: driven(1),
      says: [recreates]
    },
    'Recreate of two pods on the host network': { object: recreate(2, onHost), says: [recreates] },
    'Recreate of two pods that share a claim of many nodes': {
      object: recreate(2, claiming),
      around: [claimFor('ReadWriteMany')],
      says: [recreates]
    },
    'Recreate of two pods that share a claim, which is unknown': {
      object: recreate(2, claiming),
      severity: 'unknown',
      told: 'on-update',
      says: [recreates.replace('one;', 'one (claims unknown);')]
    },
    'all pods may go that share a claim, which is unknown': {
      object: deployment(3, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 3 } }, claiming),
      severity: 'unknown',
      told: 'on-update',
      says: [stopsAll.replace('at once;', 'at once (claims unknown);')]
    },
    'Recreate, whether or not an autoscaler is known': { object: recreate(3), facts: unseen, says: [recreates] },
    'all pods may go': { object: rolling(3, { maxUnavailable: '100%' }), says: [stopsAll] },
    'all pods may go, however many an autoscaler makes of them': {
      object: rolling(3, { maxUnavailable: '100%' }),
      facts: unseen,
      says: [stopsAll]
    },
    'as many may go as there are': { object: rolling(3, { maxUnavailable: 3 }), says: [stopsAll] },
    'as many may go as there are, unless an autoscaler makes more of them': {
      object: rolling(3, { maxUnavailable: 3 }),
      facts: unseen,
      severity: 'unknown',
      says: [unsure(stopsAll)]
    },
    'the only pod goes first, although a Service leads to it': {
      object: rollingOne(stopFirst),
      around: [service],
      severity: 'unknown',
      says: [noSurge]
    },
    'the only pod goes first, although it declares a port': {
      object: rollingOne({ maxSurge: '0%', maxUnavailable: 1 }, serving),
      facts: unseen,
      severity: 'unknown',
      says: [noSurge]
    },
    'the only pod may go while another starts, so two may run at once': {
      object: rolling(1, { maxUnavailable: 1 }),
      facts: { autoscaler: known(null) },
      says: [stopsAll]
    },
    'all pods of a StatefulSet may go': {
      object: rollingSet(3, { maxUnavailable: '100%' }),
      says: [setStopsAll]
    },
    'as many pods of a StatefulSet may go as there are, unless an autoscaler makes more of them': {
      object: rollingSet(2, { maxUnavailable: 2 }),
      facts: unseen,
      severity: 'unknown',
      says: [unsure(setStopsAll)]
    },
    OnDelete: {
      object: set(3, { type: 'OnDelete' }),
      severity: 'unknown',
      says: [`${id} spec.updateStrategy.type: OnDelete never rolls out a change (unless intended); use RollingUpdate`]
    },
    'Recreate of one pod with a claim, of which an autoscaler keeps two': {
      object: recreate(1, claiming),
      around: [claimFor('ReadWriteMany')],
      facts: driven(2),
      says: [recreates]
    },
    'as many may go as an autoscaler keeps': {
      object: rolling(1, { maxUnavailable: 2 }),
      facts: driven(2),
      says: [stopsAll]
    },
    'a partition that holds back every pod: an update may be staged so': {
      object: rollingSet(3, { partition: 3 }),
      severity: 'unknown',
      says: [holdsBack(3, 3)]
    },
    'a partition that holds back every pod that an autoscaler keeps': {
      object: rollingSet(1, { partition: 5 }),
      facts: driven(3),
      severity: 'unknown',
      says: [holdsBack(5, 3)]
    },
    'a partition that holds back every pod, unless an autoscaler makes more of them': {
      object: rollingSet(3, { partition: 3 }),
      facts: unseen,
      severity: 'unknown',
      says: [holdsBack(3, 3)]
    },
    'a partition beyond the last pod': {
      object: rollingSet(2, { partition: 10 }),
      facts: unseen,
      severity: 'unknown',
      says: [holdsBack(10, 2)]
    },
    'Recreate of two pods with only one node, in a namespace that pins v1': {
      object: recreate(2, { ...onHost, nodeName: 'a' }),
      version: 'v1',
      says: [recreates]
    },
    'Recreate in critical': { object: recreate(3), profile: 'critical', says: [recreates] }
  }
})
