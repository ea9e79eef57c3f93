import { definePolicy } from '../engine/policy.ts'
import { nameText } from '../engine/text.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import type { Facts } from '../inventory/facts/index.ts'
import { label } from '../kube/label-selector.ts'
import { annotation } from '../kube/metadata.ts'
import { podSelectorOf, readinessGateKeys, type Service } from '../kube/service.ts'

export const serviceDrains = definePolicy({
  id: 'service-drains',
  title: 'A Service sends traffic only where a pod takes it, and drains the pods that stop',
  since: 'v2',
  appliesTo: ['Service'],
  needs: ['workloads', 'nodes', 'namespaceLabels'],
  profiles: { baseline: 'off', standard: 'advised', critical: 'advised' },
  // The workload behind it has another owner, and the load balancer before it a third.
  atMost: 'advised',
  check({ subject, facts }) {
    if (podSelectorOf(subject) === undefined) return []
    return [
      ...lostOnNodes(subject, facts),
      ...sentToUnready(subject),
      ...drainsInVain(subject),
      ...ungated(subject, facts)
    ]
  }
})

/** A node without a ready pod drops what its own clients send (kubernetes pkg/proxy/topology.go). */
function lostOnNodes({ staysOnNode, headless }: Service, facts: Pick<Facts, 'workloads' | 'nodes'>): Violation[] {
  const { workloads, nodes } = facts
  if (!staysOnNode || headless || !workloads.known) return []
  const [first] = workloads.value
  if (first === undefined || workloads.value.some(({ kind }) => kind === 'DaemonSet')) return []
  // Pods and clients share the only node.
  if (nodes.known && nodes.value.all.length === 1) return []
  const problem = `nodes without a pod of ${nameText(first.metadata.name ?? '')} drop the traffic of their clients`
  const shortfall = { field: 'spec.internalTrafficPolicy', problem, fix: 'leave it out, or run a DaemonSet' }
  return [nodes.known ? certain(shortfall) : uncertain('nodes', shortfall)]
}

/** The label of a pod's own: a Service with it in its selector is the address of that pod, ready or not. */
const podNameLabel = 'statefulset.kubernetes.io/pod-name'

/** Pods count as ready until they are gone (kubernetes staging/src/k8s.io/endpointslice/utils.go), so probes and hooks have no effect. */
function sentToUnready({ includesUnready, headless, selector = {} }: Service): Violation[] {
  // Peers that need each other to get ready find themselves by a headless Service.
  if (!includesUnready || headless || Object.hasOwn(selector, podNameLabel)) return []
  const problem = 'sends traffic to pods that are not ready, or stop'
  return [uncertain('intent', { field: 'spec.publishNotReadyAddresses', problem, fix: 'leave it out' })]
}

const aws = 'service.beta.kubernetes.io/aws-load-balancer-'
const tencent = 'service.cloud.tencent.com/'
const networkTypes: ReadonlySet<string> = new Set(['nlb', 'nlb-ip', 'external'])
const networkClasses: ReadonlySet<string> = new Set(['service.k8s.aws/nlb', 'eks.amazonaws.com/nlb'])

/** Annotations that were to drain connections, and that the controller of this load balancer does not read. */
function drainsInVain({ metadata, balancerClass }: Service): Violation[] {
  const field = 'metadata.annotations'
  const value = (key: string) => annotation(metadata, key)
  const isNetwork = networkTypes.has(value(`${aws}type`) ?? '') || networkClasses.has(balancerClass)
  const enabled = value(`${aws}connection-draining-enabled`)
  const isDraining =
    enabled === 'true' || (enabled === undefined && value(`${aws}connection-draining-timeout`) !== undefined)
  if (isNetwork && isDraining) {
    const problem = 'connection-draining has an effect on Classic Load Balancers only'
    return [certain({ field, problem, fix: 'set deregistration_delay in target-group-attributes' })]
  }
  if (value(`${tencent}enable-grace-shutdown`) !== 'true' || value(`${tencent}direct-access`) === 'true') return []
  const problem = 'enable-grace-shutdown has an effect with direct access only'
  return [certain({ field, problem, fix: 'set direct-access to "true", too' })]
}

/** Without a gate a pod is ready before the load balancer knows its address: a rollout may take the last old pod away before that. */
function ungated(
  { metadata, balancerClass }: Service,
  facts: Pick<Facts, 'workloads' | 'namespaceLabels'>
): Violation[] {
  const { workloads, namespaceLabels } = facts
  const type = annotation(metadata, `${aws}type`) ?? ''
  const isByIp = type === 'nlb-ip' || annotation(metadata, `${aws}nlb-target-type`) === 'ip'
  if (!isByIp || !(type === 'nlb-ip' || type === 'external' || networkClasses.has(balancerClass))) return []
  if (!workloads.known || workloads.value.length === 0 || !namespaceLabels.known) return []
  const { value: labels } = namespaceLabels
  if (readinessGateKeys.some((key) => label(labels, key) === 'enabled')) return []
  const problem = 'the load balancer learns of new pods after they are ready, so a rollout outruns it'
  const [key] = readinessGateKeys
  return [certain({ field: 'metadata.namespace', problem, fix: `label the namespace ${key}=enabled` })]
}
