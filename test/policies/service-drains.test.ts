import { unknown } from '../../src/inventory/fact.ts'
import { serviceDrains } from '../../src/policies/service-drains.ts'
import { checkPolicy, deploymentWith, type Given, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap, web } from '../support/workloads.ts'

const pod: JsonMap = { containers: [web] }
const deployment = deploymentWith(pod)
const daemonSet = workloadWith('DaemonSet', pod)

const service = (spec: JsonMap = {}, annotations: JsonMap = {}): JsonMap => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'front', namespace: 'shop', annotations },
  spec: { clusterIP: '10.0.0.7', selector: { app: 'web' }, ports: [{ port: 80 }], ...spec }
})
const before = (object: JsonMap, ...around: readonly JsonMap[]): Given => ({ object, around })

const local = service({ internalTrafficPolicy: 'Local' })
const unready = (spec: JsonMap = {}) => service({ publishNotReadyAddresses: true, ...spec })
const balanced = (annotations: JsonMap, spec: JsonMap = {}) => service({ type: 'LoadBalancer', ...spec }, annotations)
const aws = 'service.beta.kubernetes.io/aws-load-balancer-'
const tencent = 'service.cloud.tencent.com/'
const draining = { [`${aws}connection-draining-enabled`]: 'true', [`${aws}connection-draining-timeout`]: '60' }
const byIp = { [`${aws}type`]: 'external', [`${aws}nlb-target-type`]: 'ip' }
const gate = 'elbv2.k8s.aws/pod-readiness-gate-inject'
const namespace = (labels: JsonMap): JsonMap => {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }
}
const oneNode: JsonMap = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'only' } }

const dropped = (doubt = ''): string =>
  `[service-drains] spec.internalTrafficPolicy: nodes without a pod of web drop the traffic of their clients${doubt}; leave it out, or run a DaemonSet`
const sends =
  '[service-drains] spec.publishNotReadyAddresses: sends traffic to pods that are not ready, or stop (unless intended); leave it out'
const classic =
  '[service-drains] metadata.annotations: connection-draining has an effect on Classic Load Balancers only; set deregistration_delay in target-group-attributes'
const grace =
  '[service-drains] metadata.annotations: enable-grace-shutdown has an effect with direct access only; set direct-access to "true", too'
const outrun = `[service-drains] metadata.namespace: the load balancer learns of new pods after they are ready, so a rollout outruns it; label the namespace ${gate}=enabled`

checkPolicy(serviceDrains, {
  accepts: {
    'a plain Service': before(service(), deployment),
    'Local before a DaemonSet': before(local, daemonSet),
    'Local before a DaemonSet, and another workload beside it': before(local, deployment, daemonSet),
    'Local before nothing yet': before(local),
    'Local before what is not known': { object: local, facts: { workloads: unknown('unread') } },
    'Local with the only node of a cluster': before(local, deployment, oneNode),
    'Local without an address, which no kube-proxy looks at': before(
      service({ internalTrafficPolicy: 'Local', clusterIP: 'None' }),
      deployment
    ),
    'Cluster, which is the default': before(service({ internalTrafficPolicy: 'Cluster' }), deployment),
    'unready peers that find each other by a headless Service': before(unready({ clusterIP: 'None' }), deployment),
    'the address of one pod, which is its own whether it is ready or not': before(
      unready({ selector: { app: 'web', 'statefulset.kubernetes.io/pod-name': 'web-0' } })
    ),
    'a Service without a selector': before(unready({ selector: null }), deployment),
    'an empty selector': before(unready({ selector: {} }), deployment),
    'another name': before(unready({ type: 'ExternalName', externalName: 'example.org' }), deployment),
    'traffic from outside to nodes with a pod': before(balanced({}, { externalTrafficPolicy: 'Local' }), deployment),
    'connection draining of a Classic Load Balancer': before(balanced(draining), deployment),
    'connection draining that is switched off, of another one': before(
      balanced({ ...draining, [`${aws}connection-draining-enabled`]: 'false', [`${aws}type`]: 'nlb' }),
      deployment
    ),
    'targets by IP in a namespace with readiness gates': before(
      balanced(byIp),
      namespace({ [gate]: 'enabled' }),
      deployment
    ),
    'targets by IP in a namespace with the gates of EKS': before(
      balanced({ [`${aws}nlb-target-type`]: 'ip' }, { loadBalancerClass: 'eks.amazonaws.com/nlb' }),
      namespace({ 'eks.amazonaws.com/pod-readiness-gate-inject': 'enabled' }),
      deployment
    ),
    'targets by IP in a namespace that is not known': {
      object: balanced(byIp),
      around: [deployment],
      facts: { namespaceLabels: unknown('unread') }
    },
    'targets by IP before nothing yet': before(balanced(byIp)),
    'targets by IP that nobody reads, without a type': before(
      balanced({ [`${aws}nlb-target-type`]: 'ip' }),
      deployment
    ),
    'targets by instance': before(balanced({ [`${aws}type`]: 'external' }), deployment),
    'a graceful shutdown with direct access': before(
      balanced({ [`${tencent}enable-grace-shutdown`]: 'true', [`${tencent}direct-access`]: 'true' })
    ),
    'a preference for the same zone': before(service({ trafficDistribution: 'PreferClose' }), deployment),
    'hints by topology': before(service({}, { 'service.kubernetes.io/topology-mode': 'Auto' }), deployment),
    'in baseline, anything': { ...before(local, deployment), profile: 'baseline' }
  },
  rejects: {
    'Local before a Deployment': { ...before(local, deployment), says: [dropped()] },
    'Local before a StatefulSet, in critical': {
      ...before(local, workloadWith('StatefulSet', pod)),
      profile: 'critical',
      severity: 'advised',
      says: [dropped()]
    },
    'Local before a Deployment, where the nodes are unknown': {
      ...before(local, deployment),
      facts: { nodes: unknown('unread') },
      severity: 'unknown',
      says: [dropped(' (nodes unknown)')]
    },
    'pods that are not ready': { ...before(unready(), deployment), severity: 'unknown', says: [sends] },
    'pods that are not ready, before there are any': { ...before(unready()), severity: 'unknown', says: [sends] },
    'connection draining of a Network Load Balancer': {
      ...before(balanced({ ...draining, [`${aws}type`]: 'nlb' })),
      says: [classic]
    },
    'connection draining of one by its class': {
      ...before(balanced(draining, { loadBalancerClass: 'service.k8s.aws/nlb' })),
      says: [classic]
    },
    'a time to drain alone': {
      ...before(balanced({ [`${aws}connection-draining-timeout`]: '60', [`${aws}type`]: 'external' })),
      says: [classic]
    },
    'a graceful shutdown of nodes': {
      ...before(balanced({ [`${tencent}enable-grace-shutdown`]: 'true' })),
      says: [grace]
    },
    'targets by IP without readiness gates': { ...before(balanced(byIp), deployment), says: [outrun] },
    'targets by IP, by the older type': {
      ...before(balanced({ [`${aws}type`]: 'nlb-ip' }), namespace({ [gate]: 'disabled' }), deployment),
      says: [outrun]
    }
  }
})
