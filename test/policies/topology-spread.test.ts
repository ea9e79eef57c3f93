import { type Fact, unknown } from '../../src/inventory/fact.ts'
import type { Autoscaler } from '../../src/kube/autoscaler.ts'
import type { Node } from '../../src/kube/node.ts'
import type { ServerVersion } from '../../src/kube/server-version.ts'
import { topologySpread } from '../../src/policies/topology-spread.ts'
import { autoscalerOf, nodesOf } from '../support/facts.ts'
import { checkPolicy, deploymentWith, recording, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const hostname = 'kubernetes.io/hostname'
const zone = 'topology.kubernetes.io/zone'
const own = { matchLabels: { app: 'web' } }
const bare: JsonMap = { containers: [{ name: 'web' }] }
const onHost: JsonMap = { containers: [{ name: 'web', ports: [{ containerPort: 9100 }] }], hostNetwork: true }
const proxy: JsonMap = { name: 'proxy', ports: [{ containerPort: 15001, hostPort: 15001 }] }
const constraint = (topologyKey: string, labelSelector: JsonMap | undefined = own, more: JsonMap = {}): JsonMap => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector,
  ...more
})
const spread = (...topologySpreadConstraints: JsonMap[]): JsonMap =>
  deploymentWith({ ...bare, topologySpreadConstraints })
const hard = (topologyKey: string, more: JsonMap = {}): JsonMap =>
  constraint(topologyKey, own, { whenUnsatisfiable: 'DoNotSchedule', ...more })
const apart = (...terms: JsonMap[]): JsonMap =>
  deploymentWith({
    ...bare,
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } }
  })
const preferredOver = (topologyKey: string): JsonMap => ({
  preferredDuringSchedulingIgnoredDuringExecution: [
    { weight: 100, podAffinityTerm: { topologyKey, labelSelector: own } }
  ]
})
const preferred = preferredOver(hostname)
const preferring = (topologyKey: string, more: JsonMap = {}): JsonMap =>
  deploymentWith({ ...bare, affinity: { podAntiAffinity: { ...preferredOver(topologyKey), ...more } } })
const unseen = { autoscaler: unknown('no cluster cache') }
const driven = (minReplicas: number): { autoscaler: Fact<Autoscaler> } => ({
  autoscaler: { known: true, value: autoscalerOf({ minReplicas }) }
})
const serverOf = (minor: number): { serverVersion: Fact<ServerVersion> } => ({
  serverVersion: { known: true, value: { major: 1, minor } }
})

const claiming = (more: JsonMap = {}): JsonMap => deploymentWith(withClaims('data'), more)
const withClaims = (...names: string[]): JsonMap => ({
  ...bare,
  volumes: [
    ...names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
    { name: 'scratch', emptyDir: {} }
  ]
})
const claim = (name: string, ...accessModes: string[]): JsonMap => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes },
  status: { phase: 'Bound', accessModes }
})
const noClaims = { claims: unknown('the claims are not watched') }

const inZone = (value: string): Partial<Node> => ({ labels: { [hostname]: 'node', [zone]: value } })
const zoneless = { nodes: nodesOf({ labels: { [hostname]: 'one' } }, { labels: { [hostname]: 'two' } }) }
const inZoneA: JsonMap = { nodeSelector: { [zone]: 'a' } }
const rack = 'example.com/rack'
const inRack = (value: string): Partial<Node> => ({ labels: { [hostname]: `in-${value}`, [rack]: value } })
const racks = { nodes: nodesOf(inRack('1'), inRack('2')) }
const oneZoned = { nodes: nodesOf(inZone('a'), inZone('a')) }
const unseenNodes = { nodes: unknown('no cluster cache') }
const at = 'topologySpreadConstraints'
const id = `[topology-spread] spec.template.spec.${at}:`
const oneNode = `${id} all pods may share one node; add a constraint for ${hostname}`
const alike = `${id} its topology keys do not tell nodes apart, so all pods may share one node (unless new nodes change that)`
const alikeNodes = `${alike}; add a constraint for ${hostname}`
const skewed = (maxSkew: number, pods: number, shared = 'node'): string =>
  `${id} maxSkew ${maxSkew} lets all ${pods} pods share one ${shared} (unless intended); set it to 1`
const onceScaled = (hedge: string): string =>
  `${id} once scaled, all pods may share one node (${hedge}); add a constraint for ${hostname}`
const heldBy = (problem: string): string =>
  `[topology-spread] spec.template.spec.volumes: ${problem} (unless intended); use a ReadWriteMany claim, or a claim for each pod`
const unlessHeld = (pods: string): string =>
  `${id} ${pods} may share one node (claims unknown); if its claims allow it, add a constraint for ${hostname}`
const oneZone = `${id} all pods may share one zone; add a constraint for ${zone}`
const nodesAlone = [{ at, value: [constraint(hostname, own, { matchLabelKeys: ['pod-template-hash'] })] }]
const injectedBefore = {
  name: 'web',
  namespace: 'shop',
  ...recording({ policy: 'topology-spread', at, value: [{ topologyKey: hostname }, { topologyKey: zone }] })
}
const zonesAlone = [{ at, value: [constraint(zone, own, { matchLabelKeys: ['pod-template-hash'] })] }]
const both = (more: JsonMap = {}, selector: JsonMap = own): { at: string; value: JsonMap[] }[] => [
  { at, value: [constraint(hostname, selector, more), constraint(zone, selector, more)] }
]
const byHash = { matchLabelKeys: ['pod-template-hash'] }

checkPolicy(topologySpread, {
  accepts: {
    'a constraint over racks, which the configuration names, in critical': {
      object: spread(constraint(rack)),
      profile: 'critical',
      parameters: { extraKeys: [rack] }
    },
    'a constraint over nodes': { object: spread(constraint(hostname)) },
    'a constraint over zones alone': { object: spread(constraint(zone)) },
    'a constraint over some other part of the cluster': { object: spread(constraint(rack)), facts: racks },
    'a constraint over some other part of a cluster whose nodes are unknown': {
      object: spread(constraint(rack)),
      facts: unseenNodes
    },
    'a constraint over nodes in a cluster of one node': {
      object: spread(constraint(hostname)),
      facts: { nodes: nodesOf(inZone('a')) }
    },
    'a hard constraint over a key that no node has: the pods wait': { object: spread(hard(rack)) },
    'a hard constraint over zones in one zone, which wants two': {
      object: spread(hard(zone, { minDomains: 2 })),
      facts: oneZoned
    },
    'required anti-affinity by zone in one zone: a second pod waits': {
      object: apart({ topologyKey: zone, labelSelector: own }),
      facts: oneZoned
    },
    'a constraint over zones in one zone, where only such are injected': {
      object: spread(constraint(zone)),
      facts: oneZoned,
      parameters: { inject: 'zones' }
    },
    'a maxSkew below the number of pods': { object: spread(hard(hostname, { maxSkew: 2 })) },
    'a maxSkew below the floor of the autoscaler': {
      object: spread(hard(hostname, { maxSkew: 3 })),
      facts: driven(4)
    },
    'a maxSkew as large as the number of pods, beside a constraint that spreads them': {
      object: spread(hard(zone, { maxSkew: 3 }), constraint(hostname))
    },
    'an empty selector that matchLabelKeys narrows': { object: spread(constraint(hostname, {}, byHash)) },
    'required anti-affinity to its own pods': { object: apart({ topologyKey: hostname, labelSelector: own }) },
    'preferred anti-affinity to its own pods': {
      object: deploymentWith({ ...bare, affinity: { podAntiAffinity: preferred } })
    },
    'anti-affinity that names its own namespace': {
      object: apart({ topologyKey: hostname, labelSelector: own, namespaces: ['shop'] })
    },
    'a port of the node, which two pods cannot share': {
      object: deploymentWith({ containers: [{ name: 'web', ports: [{ containerPort: 80, hostPort: 80 }] }] })
    },
    'a declared port on the host network': { object: deploymentWith(onHost) },
    'a port of the node that a native sidecar takes': {
      object: deploymentWith({ ...bare, initContainers: [{ ...proxy, restartPolicy: 'Always' }] })
    },
    'one pod, which needs no spreading': { object: deploymentWith(bare, { replicas: 1 }) },
    'a constraint that names its own revision': {
      object: spread(constraint(hostname, { matchLabels: { app: 'web', 'pod-template-hash': '7d4b9c6f5' } }))
    },
    'anti-affinity that names its own namespace by the label that each has': {
      object: apart({
        topologyKey: hostname,
        labelSelector: own,
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } }
      })
    },
    'one pod on a claim that attaches to one node': {
      object: claiming({ replicas: 1 }),
      around: [claim('data', 'ReadWriteOnce')]
    },
    'zones in critical': { object: spread(constraint(zone)), profile: 'critical' },
    'zones beside nodes in critical': { object: spread(constraint(hostname), constraint(zone)), profile: 'critical' },
    'nodes alone in critical, in a cluster without zones': {
      object: spread(constraint(hostname)),
      profile: 'critical',
      facts: zoneless
    },
    'nodes alone in critical, in a cluster of one zone': {
      object: spread(constraint(hostname)),
      profile: 'critical',
      facts: oneZoned
    },
    'nodes alone in critical, where all pods are pinned to a zone': {
      object: deploymentWith({ ...bare, ...inZoneA, topologySpreadConstraints: [constraint(hostname)] }),
      profile: 'critical'
    },
    'a DaemonSet, which is on every node': { object: workloadWith('DaemonSet', bare) },
    'a Job': { object: workloadWith('Job', bare, { parallelism: 3 }) },
    'nothing in baseline, where the policy is off': { object: deploymentWith(bare), profile: 'baseline' }
  },
  rejects: {
    'a constraint over racks that the configuration does not name, in critical': {
      object: spread(constraint(rack)),
      profile: 'critical',
      parameters: { extraKeys: ['rows'] },
      says: [oneZone]
    },
    'the host network without a declared port': {
      object: deploymentWith({ ...bare, hostNetwork: true }),
      says: [oneNode]
    },
    'a port on the host network, where zones count': {
      object: deploymentWith(onHost),
      profile: 'critical',
      facts: { nodes: nodesOf(inZone('a'), inZone('b')) },
      says: [oneZone]
    },
    'a workload that is switched off: once scaled, it would be': {
      object: deploymentWith(bare, { replicas: 0 }),
      facts: unseen,
      severity: 'unknown',
      says: [onceScaled('unless intended')]
    },
    'pods on a claim that many nodes may use': {
      object: claiming(),
      around: [claim('data', 'ReadWriteMany')],
      says: [oneNode]
    },
    'pods on a claim that many nodes may read': {
      object: claiming(),
      around: [claim('data', 'ReadWriteOnce', 'ReadOnlyMany')],
      says: [oneNode]
    },
    'a claim for each pod, which keeps no two together': {
      object: workloadWith('StatefulSet', bare, {
        replicas: 3,
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }]
      }),
      says: [oneNode]
    },
    'a claim for each pod, in the place of a volume that names a claim': {
      object: workloadWith('StatefulSet', withClaims('data'), {
        replicas: 3,
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }]
      }),
      around: [claim('data', 'ReadWriteOnce')],
      says: [oneNode]
    },
    'pods on a claim of this name in another namespace: their own has not been seen': {
      object: claiming(),
      around: [{ ...claim('data', 'ReadWriteOnce'), metadata: { name: 'data', namespace: 'bank' } }],
      severity: 'unknown',
      told: 'on-update',
      says: [unlessHeld('all pods')]
    },
    'pods on a claim, where the claims are unknown': {
      object: claiming(),
      facts: noClaims,
      severity: 'unknown',
      told: 'on-update',
      says: [unlessHeld('all pods')]
    },
    'pods on claims of which the one that is known may be used by many nodes': {
      object: deploymentWith(withClaims('shared', 'missing')),
      around: [claim('shared', 'ReadWriteMany')],
      severity: 'unknown',
      told: 'on-update',
      says: [unlessHeld('all pods')]
    },
    'one pod on an unknown claim, where an autoscaler may be there': {
      object: claiming({ replicas: 1 }),
      facts: { ...unseen, ...noClaims },
      severity: 'unknown',
      told: 'never',
      says: [unlessHeld('once scaled, all pods')]
    },
    'a soft constraint over a key that no node has': {
      object: spread(constraint(rack)),
      severity: 'unknown',
      says: [alikeNodes]
    },
    'zones alone in a cluster without zones': {
      object: spread(constraint(zone)),
      facts: zoneless,
      severity: 'unknown',
      says: [alikeNodes]
    },
    'zones alone in a cluster of one zone': {
      object: spread(constraint(zone)),
      facts: oneZoned,
      severity: 'unknown',
      says: [alikeNodes]
    },
    'a hard constraint over zones in a cluster of one zone': {
      object: spread(hard(zone)),
      facts: oneZoned,
      severity: 'unknown',
      says: [alikeNodes]
    },
    'zones alone in critical, in a cluster of one zone': {
      object: spread(constraint(zone)),
      facts: oneZoned,
      profile: 'critical',
      severity: 'unknown',
      says: [alikeNodes]
    },
    'soft constraints over nodes and zones, in a cluster without zones: together they do nothing': {
      object: spread(constraint(hostname), constraint(zone)),
      facts: zoneless,
      severity: 'unknown',
      says: [`${alike}; leave out keys that no node has`]
    },
    'what was injected while the nodes had zones: it follows them with the next change of the template': {
      object: { ...spread(constraint(hostname), constraint(zone)), metadata: injectedBefore },
      facts: zoneless,
      severity: 'unknown',
      told: 'never',
      says: [`${alike}; leave out keys that no node has`]
    },
    'zones alone, where all pods are pinned to a zone': {
      object: deploymentWith({ ...bare, ...inZoneA, topologySpreadConstraints: [constraint(zone)] }),
      severity: 'unknown',
      says: [alikeNodes.replace('new nodes change that', 'intended')]
    },
    'zones in critical, beside a soft constraint over a key that no node has': {
      object: spread(hard(hostname), constraint(zone), constraint(rack)),
      profile: 'critical',
      severity: 'unknown',
      says: [`${alike.replace('one node', 'one zone')}; leave out keys that no node has`]
    },
    'preferred anti-affinity over a key that no node has': {
      object: preferring(rack),
      severity: 'unknown',
      says: [alikeNodes]
    },
    'required anti-affinity over a key that no node has, which separates none': {
      object: apart({ topologyKey: rack, labelSelector: own }),
      severity: 'unknown',
      says: [alikeNodes]
    },
    'a workload that is switched off, over a key that no node has': {
      object: deploymentWith({ ...bare, topologySpreadConstraints: [constraint(rack)] }, { replicas: 0 }),
      severity: 'unknown',
      says: [
        `${id} once scaled, its topology keys do not tell nodes apart, so all pods may share one node (unless intended); add a constraint for ${hostname}`
      ]
    },
    'a hard constraint that lets all pods share a node': {
      object: spread(hard(hostname, { maxSkew: 3 })),
      severity: 'unknown',
      says: [skewed(3, 3)]
    },
    'a soft constraint that lets all pods share a node': {
      object: spread(constraint(zone, own, { maxSkew: 5 })),
      severity: 'unknown',
      says: [skewed(5, 3)]
    },
    'a maxSkew as large as the floor of the autoscaler': {
      object: spread(hard(hostname, { maxSkew: 4 })),
      facts: driven(4),
      severity: 'unknown',
      says: [skewed(4, 4)]
    },
    'a constraint that lets all pods share a zone in critical': {
      object: spread(constraint(hostname), hard(zone, { maxSkew: 3 })),
      profile: 'critical',
      severity: 'unknown',
      says: [skewed(3, 3, 'zone')]
    },
    'pods that nothing spreads, where only zones are injected': {
      object: deploymentWith(bare),
      parameters: { inject: 'zones' },
      says: [`${id} all pods may share one node; add a constraint for ${zone}`]
    },
    'pods on a claim that attaches to one node, which no constraint could spread': {
      object: claiming(),
      around: [claim('data', 'ReadWriteOnce')],
      severity: 'unknown',
      says: [heldBy('claim data holds all pods on one node')]
    },
    'pods on such a claim in critical, beside one for many nodes': {
      object: deploymentWith(withClaims('shared', 'data')),
      around: [claim('data', 'ReadWriteOnce'), claim('shared', 'ReadWriteMany')],
      profile: 'critical',
      severity: 'unknown',
      says: [heldBy('claim data holds all pods on one node')]
    },
    'pods on a claim for one pod': {
      object: claiming(),
      around: [claim('data', 'ReadWriteOncePod')],
      severity: 'unknown',
      says: [heldBy('only one pod can use claim data')]
    },
    'pods on a claim that one node may use, beside one that is not there': {
      object: deploymentWith(withClaims('missing', 'data')),
      around: [claim('data', 'ReadWriteOnce')],
      severity: 'unknown',
      says: [heldBy('claim data holds all pods on one node')]
    },
    'a pod that an autoscaler may add to, on such a claim': {
      object: claiming({ replicas: 1 }),
      around: [claim('data', 'ReadWriteOnce')],
      facts: driven(2),
      severity: 'unknown',
      says: [heldBy('claim data holds all pods on one node')]
    },
    'pods that nothing spreads': { object: deploymentWith(bare), says: [oneNode] },
    'a constraint whose selector misses the pods': {
      object: spread(constraint(hostname, { matchLabels: { app: 'wbe' } })),
      says: [oneNode]
    },
    'a constraint without a selector, which counts no pod': {
      object: deploymentWith({ ...bare, topologySpreadConstraints: [{ maxSkew: 1, topologyKey: hostname }] }),
      says: [oneNode]
    },
    'a constraint with an empty selector, which counts no pod either': {
      object: spread(constraint(hostname, {})),
      says: [oneNode]
    },
    'anti-affinity to the pods of another workload': {
      object: apart({ topologyKey: hostname, labelSelector: { matchLabels: { app: 'db' } } }),
      says: [oneNode]
    },
    'anti-affinity to pods of another namespace': {
      object: apart({ topologyKey: hostname, labelSelector: own, namespaces: ['bank'] }),
      says: [oneNode]
    },
    'affinity, which brings pods together': {
      object: deploymentWith({ ...bare, affinity: { podAffinity: preferred } }),
      says: [oneNode]
    },
    'nodes alone in critical': { object: spread(constraint(hostname)), profile: 'critical', says: [oneZone] },
    'nodes alone where the configuration wants zones': {
      object: spread(constraint(hostname)),
      parameters: { over: 'zone' },
      says: [oneZone]
    },
    'nodes alone in critical, in a cluster of two zones': {
      object: spread(constraint(hostname)),
      profile: 'critical',
      facts: { nodes: nodesOf(inZone('a'), inZone('b')) },
      says: [oneZone]
    },
    'nodes alone in critical, where the nodes are unknown: there may be no zones': {
      object: spread(constraint(hostname)),
      profile: 'critical',
      facts: unseenNodes,
      severity: 'unknown',
      says: [oneZone.replace('one zone;', 'one zone (nodes unknown);')]
    },
    'nodes alone with too large a skew in critical, where the nodes are unknown: there may be no zones': {
      object: spread({ ...constraint(hostname), maxSkew: 3 }),
      profile: 'critical',
      facts: unseenNodes,
      severity: 'unknown',
      says: [oneZone.replace('one zone;', 'one zone (nodes unknown);')]
    },
    'three pods, whatever autoscaler there may be': { object: deploymentWith(bare), facts: unseen, says: [oneNode] },
    'one pod, where an autoscaler may be there': {
      object: deploymentWith(bare, { replicas: 1 }),
      facts: unseen,
      severity: 'unknown',
      says: [onceScaled('autoscaler unknown')]
    },
    'replicas left out where the autoscaler keeps two': {
      object: workloadWith('Deployment', bare),
      facts: driven(2),
      says: [oneNode]
    },
    'one pod that an autoscaler may make several of': {
      object: deploymentWith(bare, { replicas: 1 }),
      facts: driven(1),
      says: [oneNode]
    },
    'a StatefulSet': { object: workloadWith('StatefulSet', bare, { replicas: 3 }), says: [oneNode] },
    'a ReplicaSet that stands alone': { object: workloadWith('ReplicaSet', bare, { replicas: 3 }), says: [oneNode] }
  },
  remedies: {
    'both keys, softly, each revision by itself': { object: deploymentWith(bare), adds: both(byHash) },
    'both keys in critical too': { object: deploymentWith(bare), profile: 'critical', adds: both(byHash) },
    'nodes alone, in a cluster without zone labels': {
      object: deploymentWith(bare),
      parameters: { inject: 'nodes' },
      adds: nodesAlone
    },
    'nothing where zones are required and left out: nodes alone would not be enough': {
      object: deploymentWith(bare),
      profile: 'critical',
      parameters: { inject: 'nodes' },
      adds: [],
      leaves: [oneZone]
    },
    'nodes alone in critical, in a cluster of one zone': {
      object: deploymentWith(bare),
      profile: 'critical',
      parameters: { inject: 'nodes' },
      facts: oneZoned,
      adds: nodesAlone
    },
    'nodes alone, where no node has a zone': {
      object: deploymentWith(bare),
      facts: zoneless,
      adds: nodesAlone
    },
    'pods on a claim that many nodes may use': {
      object: claiming(),
      around: [claim('data', 'ReadWriteMany')],
      adds: both(byHash)
    },
    'nothing where a claim is unknown: it may hold the pods on one node': {
      object: claiming(),
      facts: noClaims,
      adds: [],
      leaves: [unlessHeld('all pods')]
    },
    'zones alone, where the configuration wants no more': {
      object: deploymentWith(bare),
      parameters: { inject: 'zones' },
      adds: zonesAlone
    },
    'zones alone in a cluster of one zone, where an autoscaler may start nodes in others': {
      object: deploymentWith(bare),
      parameters: { inject: 'zones' },
      facts: oneZoned,
      adds: zonesAlone
    },
    'zones alone, where the nodes are unknown': {
      object: deploymentWith(bare),
      parameters: { inject: 'zones' },
      facts: unseenNodes,
      adds: zonesAlone
    },
    'nodes alone, where all pods are pinned to a zone': {
      object: deploymentWith({ ...bare, ...inZoneA }),
      profile: 'critical',
      adds: nodesAlone
    },
    'no zones where all pods are pinned to one': {
      object: deploymentWith({ ...bare, ...inZoneA }),
      parameters: { inject: 'zones' },
      adds: [],
      leaves: [oneNode]
    },
    'no zones where no node has one': {
      object: deploymentWith(bare),
      parameters: { inject: 'zones' },
      facts: zoneless,
      adds: [],
      leaves: [oneNode]
    },
    'beside anti-affinity over a key that no node has': { object: preferring(rack), adds: both(byHash) },
    'zones in critical, beside anti-affinity over a key that no node has': {
      object: preferring(rack),
      profile: 'critical',
      adds: both(byHash)
    },
    'nothing beside anti-affinity to other pods, whatever else does nothing': {
      object: preferring(rack, {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: hostname, labelSelector: { matchLabels: { app: 'db' } } }
        ]
      }),
      adds: [],
      leaves: [alikeNodes]
    },
    'nothing beside a constraint over a key that no node has': {
      object: spread(constraint(rack)),
      adds: [],
      leaves: [alikeNodes]
    },
    'beside an autoscaler that may make several of one': {
      object: deploymentWith(bare, { replicas: 1 }),
      facts: driven(1),
      adds: both(byHash)
    },
    'where an autoscaler may be there': {
      object: deploymentWith(bare, { replicas: 1 }),
      facts: unseen,
      adds: both(byHash)
    },
    'by revision from 1.27 on': { object: deploymentWith(bare), facts: serverOf(27), adds: both(byHash) },
    'not by revision on 1.26': { object: deploymentWith(bare), facts: serverOf(26), adds: both() },
    'not by revision where the server is not known': {
      object: deploymentWith(bare),
      facts: { serverVersion: unknown('the API server has not said its version') },
      adds: both()
    },
    'a StatefulSet by the label of its own controller': {
      object: workloadWith('StatefulSet', bare, { replicas: 3 }),
      adds: both({ matchLabelKeys: ['controller-revision-hash'] })
    },
    'a ReplicaSet, which has no revisions': {
      object: workloadWith('ReplicaSet', bare, { replicas: 3 }),
      adds: both()
    },
    'by the workload’s own selector, expressions and all': {
      object: deploymentWith(bare, {
        selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] }
      }),
      adds: both(byHash, { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] })
    },
    'nothing beside a constraint, however little it does': {
      object: spread(constraint(hostname, {})),
      adds: [],
      leaves: [oneNode]
    },
    'nothing beside a constraint over nodes where zones are wanted': {
      object: spread(constraint(hostname)),
      profile: 'critical',
      adds: [],
      leaves: [oneZone]
    },
    'nothing beside anti-affinity, whoever it is meant for': {
      object: apart({ topologyKey: hostname, labelSelector: { matchLabels: { app: 'db' } } }),
      adds: [],
      leaves: [oneNode]
    },
    'nothing by a selector that misses the template, which the API server refuses': {
      object: deploymentWith(bare, { selector: { matchLabels: { app: 'wbe' } } }),
      adds: [],
      leaves: [oneNode]
    },
    'nothing without a selector': {
      object: deploymentWith(bare, { selector: null }),
      adds: [],
      leaves: [oneNode]
    }
  }
})
