import { known, unknown } from '../../src/inventory/fact.ts'
import { notPinned } from '../../src/policies/not-pinned.ts'
import { autoscalerOf, nodesOf } from '../support/facts.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap, web } from '../support/workloads.ts'

const pod = (more: JsonMap): JsonMap => ({ containers: [web], ...more })
const deployment = (more: JsonMap, spec: JsonMap = {}): JsonMap => deploymentWith(pod(more), spec)

const hostname = 'kubernetes.io/hostname'
const zone = 'topology.kubernetes.io/zone'
const among = (key: string, ...values: readonly string[]): JsonMap => ({ key, operator: 'In', values })
const required = (...nodeSelectorTerms: readonly JsonMap[]): JsonMap => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }
})
const byLabel = (...matchExpressions: readonly JsonMap[]): JsonMap => ({ matchExpressions })
const byName = (...values: readonly string[]): JsonMap => ({ matchFields: [among('metadata.name', ...values)] })
const preferring = (key: string, value: string): JsonMap => ({
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: byLabel(among(key, value)) }]
    }
  }
})

/** A pod whose container mounts this directory of its node. */
const onHost = (hostPath: JsonMap, mount: JsonMap = {}): JsonMap => ({
  containers: [{ ...web, volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }] }],
  volumes: [{ name: 'data', hostPath }]
})
const prepared: JsonMap = {
  ...onHost({ path: '/srv/shop' }, { readOnly: true }),
  initContainers: [{ name: 'init', volumeMounts: [{ name: 'data', mountPath: '/data' }] }]
}

const claimed: JsonMap = { name: 'data', persistentVolumeClaim: { claimName: 'uploads' } }
const claiming: JsonMap = pod({ volumes: [claimed] })
const claimFor = (...accessModes: readonly string[]): JsonMap => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'uploads' },
  spec: { accessModes }
})
const bound: JsonMap = {
  ...claimFor('ReadWriteOnce'),
  spec: { accessModes: ['ReadWriteOnce'], volumeName: 'disk' },
  status: { phase: 'Bound' }
}
const volumeWith = (spec: JsonMap): JsonMap => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'disk' },
  spec
})
const usableOn = (...nodeSelectorTerms: readonly JsonMap[]): JsonMap => ({
  nodeAffinity: { required: { nodeSelectorTerms } }
})
const localDisk = volumeWith(usableOn(byLabel(among(hostname, 'one'))))
const single: JsonMap = deploymentWith(claiming, { replicas: 1 })
const zonesOf = (...zones: readonly string[]) => ({
  nodes: nodesOf(...zones.map((name) => ({ labels: { [zone]: name } })))
})
const critical = { profile: 'critical' } as const

const said = (at: string, meaning: string): string => `[not-pinned] spec.template.spec.${at}: ${meaning}`
const bypasses = (hedge = ''): string =>
  said('nodeName', `bypasses the scheduler, so the pods stop with that node${hedge}; leave it out`)
const oneNode = (at: string, hedge = ''): string =>
  said(at, `only one node can run the pods${hedge}; select nodes by a label that several have`)
const affinity = 'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution'
const hedge = ' (unless intended)'
const keepsData = said('volumes[name=data].hostPath', `keeps data on one node${hedge}; use a PersistentVolumeClaim`)
const holds = (pods: number): string =>
  said(
    'volumes[name=data].persistentVolumeClaim',
    `holds all ${pods} pods on one node (unless its driver allows more nodes); use a ReadWriteMany claim`
  )
const onDisk = said(
  'volumes[name=data].persistentVolumeClaim',
  `its volume is on one node, and the pod stops with that node${hedge}; use a volume that can move`
)
const oneZone = (at: string): string => said(at, `only one zone can run the pods${hedge}; allow several zones`)

checkPolicy(notPinned, {
  accepts: {
    'no node named': { object: deployment({}) },
    'an empty nodeName, which names none': { object: deployment({ nodeName: '' }) },
    'a rack': { object: deployment(required(byLabel(among('example.com/rack', 'r1')))) },
    'a pool of nodes': { object: deployment({ nodeSelector: { 'example.com/pool': 'front' } }) },
    'one of two nodes': { object: deployment(required(byLabel(among(hostname, 'one', 'two')))) },
    'one of two nodes, in two terms': {
      object: deployment(required(byLabel(among(hostname, 'one')), byLabel(among(hostname, 'two'))))
    },
    'any node but one': { object: deployment(required(byLabel({ ...among(hostname, 'one'), operator: 'NotIn' }))) },
    'one node, or any of a pool': {
      object: deployment(required(byName('one'), byLabel(among('example.com/pool', 'front'))))
    },
    'one node, preferred': { object: deployment(preferring(hostname, 'one')) },
    'the socket of a daemon': {
      object: deploymentWith(onHost({ path: '/var/run/containerd/containerd.sock', type: 'Socket' }))
    },
    'a socket whose type nobody wrote': { object: deploymentWith(onHost({ path: '/srv/agent.sock' })) },
    'a device': { object: deploymentWith(onHost({ path: '/dev/ttyUSB0' })) },
    'what a node runs on, which no workload leaves there': {
      object: deploymentWith(onHost({ path: '/sys/fs/cgroup' }))
    },
    'a file of the node': { object: deploymentWith(onHost({ path: '/etc/hosts', type: 'File' })) },
    'certificates of the node, to read': {
      object: deploymentWith(onHost({ path: '/etc/ssl', type: 'Directory' }, { readOnly: true }))
    },
    'a directory that only an init container writes to': { object: deploymentWith(prepared) },
    'a directory that no container mounts': {
      object: deployment({ volumes: [{ name: 'data', hostPath: { path: '/srv/shop' } }] })
    },
    'a claim that many nodes may use': {
      object: deploymentWith(claiming),
      around: [claimFor('ReadWriteOnce', 'ReadWriteMany')]
    },
    'a claim of the only pod': {
      object: deploymentWith(claiming, { replicas: 1 }),
      around: [claimFor('ReadWriteOnce')]
    },
    'a claim of one pod alone, which no second one starts with': {
      object: deploymentWith(claiming),
      around: [claimFor('ReadWriteOncePod')]
    },
    'a disk that any node of a zone may attach, of a single pod': {
      object: single,
      around: [bound, volumeWith(usableOn(byLabel(among(zone, 'a'))))]
    },
    'a disk of one of two nodes': {
      object: single,
      around: [bound, volumeWith(usableOn(byLabel(among(hostname, 'one')), byLabel(among(hostname, 'two'))))]
    },
    'a local disk that the claim is not bound to yet': {
      object: single,
      around: [{ ...bound, status: { phase: 'Pending' } }, localDisk]
    },
    'a local disk, where the volumes are not known': {
      object: single,
      around: [bound, localDisk],
      facts: { volumes: unknown('no right') }
    },
    'a local disk of a pod that is switched off': {
      object: deploymentWith(claiming, { replicas: 0 }),
      around: [bound, localDisk]
    },
    'a file system of the network, whatever its claim says': {
      object: deploymentWith(claiming),
      around: [bound, volumeWith({ nfs: { server: 'files.example', path: '/shop' } })]
    },
    'a claim that is not there': { object: deploymentWith(claiming) },
    'a claim that is not known': { object: deploymentWith(claiming), facts: { claims: unknown('no right') } },
    'a claim of a workload that is switched off': {
      object: deploymentWith(claiming, { replicas: 0 }),
      facts: { autoscaler: known(autoscalerOf({ minReplicas: 3 })) },
      around: [claimFor('ReadWriteOnce')]
    },
    'a claim for each pod': {
      object: workloadWith('StatefulSet', claiming, {
        replicas: 3,
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }]
      })
    },
    'one zone, where nodes are enough': { object: deployment({ nodeSelector: { [zone]: 'a' } }) },
    'one zone of a single pod': { object: deployment({ nodeSelector: { [zone]: 'a' } }, { replicas: 1 }), ...critical },
    'one zone where there is no other': {
      object: deployment({ nodeSelector: { [zone]: 'a' } }),
      facts: zonesOf('a', 'a'),
      ...critical
    },
    'one zone, preferred': { object: deployment(preferring(zone, 'a')), facts: zonesOf('a', 'b'), ...critical },
    'an agent, which belongs to its node': { object: workloadWith('DaemonSet', onHost({ path: '/srv/shop' })) },
    'a Job': { object: workloadWith('Job', pod({ nodeName: 'one' })) }
  },
  rejects: {
    'a nodeName': { object: deployment({ nodeName: 'one' }), says: [bypasses()] },
    'a nodeName, in critical': { object: deployment({ nodeName: 'one' }), ...critical, says: [bypasses()] },
    'a hostname': { object: deployment({ nodeSelector: { [hostname]: 'one' } }), says: [oneNode('nodeSelector')] },
    'a hostname, of a StatefulSet': {
      object: workloadWith('StatefulSet', pod({ nodeSelector: { [hostname]: 'one' } })),
      says: [oneNode('nodeSelector')]
    },
    'a hostname that is required by affinity': {
      object: deployment(required(byLabel(among(hostname, 'one')))),
      says: [oneNode(affinity)]
    },
    'the name of a node': { object: deployment(required(byName('one'))), says: [oneNode(affinity)] },
    'the same node in every term': {
      object: deployment(required(byName('one'), byLabel(among(hostname, 'one'), among('disk', 'ssd')))),
      says: [oneNode(affinity)]
    },
    'a nodeName for the sake of a device, which may be there alone': {
      object: deploymentWith({ ...onHost({ path: '/dev/ttyUSB0' }), nodeName: 'one' }),
      severity: 'unknown',
      says: [bypasses(hedge)]
    },
    'a hostname beside a claim, whose volume may be there alone': {
      object: deploymentWith({ ...claiming, nodeSelector: { [hostname]: 'one' } }),
      severity: 'unknown',
      says: [oneNode('nodeSelector', hedge)]
    },
    'data in a directory of the node': {
      object: deploymentWith(onHost({ path: '/srv/shop' })),
      severity: 'unknown',
      says: [keepsData]
    },
    'data in a directory that is made there': {
      object: deploymentWith(onHost({ path: '/srv/shop', type: 'DirectoryOrCreate' })),
      severity: 'unknown',
      says: [keepsData]
    },
    'data on the node that the pods are pinned to for its sake, once': {
      object: deploymentWith({ ...onHost({ path: '/srv/shop' }), nodeSelector: { [hostname]: 'one' } }),
      severity: 'unknown',
      says: [keepsData]
    },
    'a claim that three pods share': {
      object: deploymentWith(claiming),
      around: [claimFor('ReadWriteOnce')],
      severity: 'unknown',
      says: [holds(3)]
    },
    'a local disk of a single pod': { object: single, around: [bound, localDisk], severity: 'unknown', says: [onDisk] },
    'a local disk of a single pod, in critical': {
      object: workloadWith('StatefulSet', claiming, { replicas: 1 }),
      around: [bound, localDisk],
      ...critical,
      severity: 'unknown',
      says: [onDisk]
    },
    'a local disk that three pods share, whatever its driver': {
      object: deploymentWith(claiming),
      around: [bound, localDisk],
      severity: 'unknown',
      says: [holds(3).replace('unless its driver allows more nodes', 'unless intended')]
    },
    'a claim that three pods mount twice, once': {
      object: deployment({ volumes: ['data', 'more'].map((name) => ({ ...claimed, name })) }),
      around: [claimFor('ReadWriteOnce')],
      severity: 'unknown',
      says: [holds(3)]
    },
    'a claim that the pods of an autoscaler share': {
      object: deploymentWith(claiming, { replicas: 1 }),
      facts: { autoscaler: known(autoscalerOf({ minReplicas: 4 })) },
      around: [claimFor('ReadWriteOnce')],
      severity: 'unknown',
      says: [holds(4)]
    },
    'one zone of several, in critical': {
      object: deployment({ nodeSelector: { [zone]: 'a' } }),
      facts: zonesOf('a', 'b'),
      ...critical,
      severity: 'unknown',
      says: [oneZone('nodeSelector')]
    },
    'one zone that is required by affinity, of unknown nodes': {
      object: deployment(required(byLabel(among(zone, 'a')))),
      facts: { nodes: unknown('no cluster') },
      ...critical,
      severity: 'unknown',
      says: [oneZone(affinity)]
    }
  }
})
