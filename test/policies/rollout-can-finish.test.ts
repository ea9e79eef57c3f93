import { known, unknown } from '../../src/inventory/fact.ts'
import { rolloutCanFinish } from '../../src/policies/rollout-can-finish.ts'
import { autoscalerOf, nodesOf } from '../support/facts.ts'
import { checkPolicy, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap } from '../support/workloads.ts'

const hostname = 'kubernetes.io/hostname'
const zone = 'topology.kubernetes.io/zone'
const pod: JsonMap = { containers: [{ name: 'web' }] }
const onPort: JsonMap = { containers: [{ name: 'web', ports: [{ containerPort: 80, hostPort: 80 }] }] }
const onHost: JsonMap = { containers: [{ name: 'dns', ports: [{ containerPort: 53 }] }], hostNetwork: true }
const claiming: JsonMap = { ...pod, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }
const own: JsonMap = { matchLabels: { app: 'web' } }
const apart = (term: JsonMap = {}, beside = pod): JsonMap => ({
  ...beside,
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: hostname, labelSelector: own, ...term }]
    }
  }
})
const spread = (constraint: JsonMap = {}): JsonMap => ({
  ...pod,
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: hostname, whenUnsatisfiable: 'DoNotSchedule', labelSelector: own, ...constraint }
  ]
})
const deployment = (replicas: number, spec: JsonMap, strategy?: JsonMap): JsonMap =>
  workloadWith('Deployment', spec, { replicas, ...(strategy !== undefined && { strategy }) })
const rolling = (maxSurge: number | string, maxUnavailable: number | string): JsonMap => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge, maxUnavailable }
})
const daemon = (spec: JsonMap, maxSurge: number | string): JsonMap =>
  workloadWith('DaemonSet', spec, {
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable: 0 } }
  })
const claim = (...accessModes: string[]): JsonMap => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes }
})
const pinnedTo = (name: string): JsonMap => ({ nodeSelector: { [hostname]: name } })
const named = (...names: string[]) => nodesOf(...names.map((name) => ({ labels: { [hostname]: name } })))
const two = { nodes: named('a', 'b') }
const one = { nodes: named('a') }
const unseen = { nodes: unknown('no cluster cache') }

const id = '[rollout-can-finish]'
const term = 'spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]'
const type = `${id} spec.strategy.type`
const noSurge = `${id} spec.updateStrategy.rollingUpdate.maxSurge: the new pod waits for ever for a port of its node that the old pod holds; set it to 0, and maxUnavailable to 1`
const byClaim = (fix: string): string =>
  `${type}: claim data allows one pod at a time (ReadWriteOncePod), so a new pod waits for ever; ${fix}`
const noPort = (fix: string): string =>
  `${type}: the only node has no second host port, so a new pod waits for ever; ${fix}`
const full = (field: string, pods: string, fix: string): string =>
  `${id} ${field}: the nodes have room for ${pods} only, so the new pod of a rollout waits for ever (unless new nodes change that); ${fix}`
const onTwoNodes = `${type}: on another node, a new pod waits for ever for claim data, which the old pod holds (unless both run on one node); use Recreate`

checkPolicy(rolloutCanFinish, {
  accepts: {
    'nothing that holds pods apart': { object: deployment(3, pod) },
    'a DaemonSet that surges without ports': { object: daemon(pod, 1) },
    'a DaemonSet on the host network that declares no port': { object: daemon({ ...pod, hostNetwork: true }, 1) },
    'a DaemonSet with a port that does not surge': { object: daemon(onPort, 0) },
    'a DaemonSet with a port that says nothing': { object: workloadWith('DaemonSet', onPort) },
    'a DaemonSet with a port whose pods are deleted by hand': {
      object: workloadWith('DaemonSet', onPort, { updateStrategy: { type: 'OnDelete' } })
    },
    'as many nodes as pods, and one may go first': { object: deployment(3, apart(), rolling(1, 1)) },
    'four pods, of which one may go first by default': {
      object: deployment(4, apart()),
      facts: { nodes: named('a', 'b', 'c', 'd') }
    },
    'a node to spare': { object: deployment(2, apart()) },
    'too few nodes for the pods, of which spread-feasible speaks': { object: deployment(2, apart()), facts: one },
    'only pods of one revision are held apart': {
      object: deployment(3, apart({ matchLabelKeys: ['pod-template-hash'] }))
    },
    'only pods of one version are held apart': {
      object: deployment(3, apart({ labelSelector: { matchLabels: { app: 'web', version: '1' } } }))
    },
    'pods of another application are held apart': {
      object: deployment(3, apart({ topologyKey: zone, labelSelector: { matchLabels: { app: 'db' } } }))
    },
    'pods of another namespace are held apart': { object: deployment(3, apart({ namespaces: ['else'] })) },
    'preferred anti-affinity': {
      object: deployment(3, {
        ...pod,
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, podAffinityTerm: { topologyKey: hostname, labelSelector: own } }
            ]
          }
        }
      })
    },
    'one pod a node by constraint: a second one keeps the skew of one': { object: deployment(3, spread()) },
    'a node to spare for a port': { object: deployment(2, onHost) },
    'a number of which an autoscaler runs more, of which one may go': {
      object: deployment(3, apart()),
      facts: { autoscaler: known(autoscalerOf({ minReplicas: 4 })) }
    },
    'Recreate with a claim for one pod': {
      object: deployment(1, claiming, { type: 'Recreate' }),
      around: [claim('ReadWriteOncePod')]
    },
    'the only pod goes first': { object: deployment(1, claiming, rolling(0, 1)), around: [claim('ReadWriteOncePod')] },
    'a claim for many nodes': { object: deployment(3, claiming), around: [claim('ReadWriteMany')] },
    'a claim for one node, of several pods: they run on it together': {
      object: deployment(2, claiming),
      around: [claim('ReadWriteOnce')]
    },
    'a claim for one node, and no other node': {
      object: deployment(1, claiming),
      around: [claim('ReadWriteOnce')],
      facts: one
    },
    'a claim for one node, of a pod that runs there only': {
      object: deployment(1, { ...claiming, ...pinnedTo('a') }),
      around: [claim('ReadWriteOnce')]
    },
    'a claim that is not there yet': { object: deployment(1, claiming) },
    'a claim for each pod': {
      object: deployment(1, { ...pod, volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: {} } }] })
    },
    'a node by name without a port': { object: deployment(1, { ...pod, nodeName: 'a' }) },
    'a node by name: the kubelet does not check anti-affinity': {
      object: deployment(1, { ...apart(), nodeName: 'a' })
    },
    'a switched-off workload': { object: deployment(0, { ...onPort, ...pinnedTo('a') }) },
    'a StatefulSet, which never surges': { object: workloadWith('StatefulSet', apart(), { replicas: 3 }) }
  },
  rejects: {
    'a DaemonSet that surges with a host port': { object: daemon(onPort, 1), says: [noSurge] },
    'a DaemonSet that surges by percent on the host network, in baseline': {
      object: daemon(onHost, '10%'),
      profile: 'baseline',
      says: [noSurge]
    },
    'one pod with a claim for one pod, and what the API server fills in': {
      object: deployment(1, claiming, rolling('25%', '25%')),
      around: [claim('ReadWriteOncePod')],
      says: [byClaim('use Recreate')]
    },
    'two pods with a claim for one pod': {
      object: deployment(2, claiming),
      around: [claim('ReadWriteOncePod')],
      says: [byClaim('use a ReadWriteMany claim')]
    },
    'one pod with a claim for one pod, where the autoscaler is unknown': {
      object: deployment(1, claiming),
      around: [claim('ReadWriteOncePod')],
      facts: { autoscaler: unknown('no cluster cache') },
      severity: 'unknown',
      says: [byClaim('use Recreate').replace(';', ' (autoscaler unknown);')]
    },
    'a port of a node by name': {
      object: deployment(1, { ...onPort, nodeName: 'a' }, rolling(1, 0)),
      facts: { autoscaler: unknown('no cluster cache') },
      says: [noPort('use Recreate')]
    },
    'a port of a node by label, of two pods': {
      object: deployment(2, { ...onPort, ...pinnedTo('a') }),
      says: [noPort('let the pods run on other nodes')]
    },
    'one node by label that takes one pod': {
      object: deployment(1, { ...apart(), ...pinnedTo('a') }),
      says: [
        `${id} ${term}: the only node takes no second pod, so a new pod waits for ever; use preferred anti-affinity`
      ]
    },
    'as many nodes as pods that are held apart': {
      object: deployment(2, apart()),
      facts: two,
      severity: 'unknown',
      says: [full(term, '2 pods', 'set maxUnavailable to 1')]
    },
    'the only pod on the only node': {
      object: deployment(1, apart()),
      facts: one,
      severity: 'unknown',
      says: [full(term, '1 pod', 'use preferred anti-affinity')]
    },
    'as many nodes as pods on the host network': {
      object: deployment(2, onHost),
      facts: two,
      severity: 'unknown',
      says: [full('spec.strategy.type', '2 pods', 'set maxUnavailable to 1')]
    },
    'the only pod with a port on the only node': {
      object: deployment(1, onPort),
      facts: one,
      severity: 'unknown',
      says: [full('spec.strategy.type', '1 pod', 'use Recreate')]
    },
    'a constraint that fewer domains than asked for cap': {
      object: deployment(2, spread({ minDomains: 3 })),
      facts: two,
      severity: 'unknown',
      says: [full('spec.template.spec.topologySpreadConstraints[0]', '2 pods', 'set maxUnavailable to 1')]
    },
    'nodes that are unknown, which is only recorded': {
      object: deployment(3, apart()),
      facts: unseen,
      severity: 'unknown',
      told: 'never',
      says: [
        `${id} ${term}: the nodes may have no place for a new pod beside the old ones (nodes unknown); set maxUnavailable to 1`
      ]
    },
    'a claim for one node': {
      object: deployment(1, claiming),
      around: [claim('ReadWriteOnce')],
      severity: 'unknown',
      says: [onTwoNodes]
    },
    'a claim that is unknown, which is only recorded': {
      object: deployment(1, claiming),
      facts: { claims: unknown('no cluster cache') },
      severity: 'unknown',
      told: 'never',
      says: [`${type}: a new pod may wait for ever for a claim that the old pod holds (claims unknown); use Recreate`]
    }
  }
})
