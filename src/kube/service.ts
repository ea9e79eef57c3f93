import type { Labels, LabelSelector } from './label-selector.ts'
import { annotation, type Metadata, metadata } from './metadata.ts'
import { boolean, expectShape, integer, integerOrString, list, object, string, strings } from './shape.ts'

/** A port of a Service, and where in the pods it leads. */
export interface ServicePort {
  name: string | undefined
  port: number
  /** A number, or the name of a container port; where it is left out, the port itself. */
  targetPort: number | string
  protocol: string
}

/** A Service, as far as it says which pods it sends traffic to, where, and how. */
export interface Service {
  kind: 'Service'
  metadata: Metadata
  /** Undefined or empty: it selects no pods, and someone else keeps its endpoints. */
  selector: Labels | undefined
  /** It has no address of its own: clients get those of the pods, and use whatever port they know. */
  headless: boolean
  ports: readonly ServicePort[]
  /** `internalTrafficPolicy: Local`: clients in the cluster reach pods of their own node alone. */
  staysOnNode: boolean
  /** `publishNotReadyAddresses`: pods count as ready, whatever their probes say, until they are gone. */
  includesUnready: boolean
  /** What a load balancer outside the cluster sends traffic to; undefined without one, as far as the Service says. */
  balanced: Balanced | undefined
  /** `spec.loadBalancerClass`; empty without one. */
  balancerClass: string
}

/**
 * What a load balancer outside the cluster sends traffic to: `nodes` that have a ready pod, by `externalTrafficPolicy: Local`; the `pods`
 * themselves; or `any-node`, and kube-proxy passes it on.
 */
export type Balanced = 'any-node' | 'nodes' | 'pods'

const service = object({
  metadata,
  spec: object({
    type: string,
    clusterIP: string,
    selector: strings,
    ports: list(object({ name: string, port: integer, targetPort: integerOrString, protocol: string })),
    publishNotReadyAddresses: boolean,
    internalTrafficPolicy: string,
    externalTrafficPolicy: string,
    loadBalancerClass: string
  })
})

/** Throws MalformedObject, which names the field. A Service of type ExternalName selects nothing. */
export function parseService(raw: unknown): Service {
  expectShape(service, raw)
  const { metadata: given = {}, spec = {} } = raw
  const { type = 'ClusterIP', clusterIP, selector, ports = [], publishNotReadyAddresses = false } = spec
  return {
    kind: 'Service',
    metadata: given,
    selector: type === 'ExternalName' ? undefined : selector,
    headless: clusterIP === 'None',
    ports: ports.map(({ name, port = 0, targetPort, protocol = 'TCP' }) => {
      // The API server writes 0 where it is left out of some old objects.
      const leadsTo = targetPort === undefined || targetPort === 0 || targetPort === '' ? port : targetPort
      return { name, port, targetPort: leadsTo, protocol }
    }),
    staysOnNode: spec.internalTrafficPolicy === 'Local',
    includesUnready: publishNotReadyAddresses,
    balanced: balancedBy(type, spec.externalTrafficPolicy, given),
    balancerClass: spec.loadBalancerClass ?? ''
  }
}

/** Labels of a namespace by which the AWS Load Balancer Controller, or EKS itself, adds readiness gates to its pods: `enabled`. */
export const readinessGateKeys = [
  'elbv2.k8s.aws/pod-readiness-gate-inject',
  'eks.amazonaws.com/pod-readiness-gate-inject'
] as const

/** The pods that a Service selects; undefined for none: without a selector, or with an empty one. */
export function podSelectorOf({ selector = {} }: Pick<Service, 'selector'>): LabelSelector | undefined {
  return Object.keys(selector).length === 0 ? undefined : { matchLabels: selector }
}

/**
 * Where a controller of a cloud keeps the addresses of pods as the targets of its load balancer. GKE writes `cloud.google.com/neg` to
 * Services that no balancer uses, too, unless it names ports.
 */
const podTargets: readonly (readonly [key: string, isMeant: (value: string) => boolean])[] = [
  ['service.beta.kubernetes.io/aws-load-balancer-nlb-target-type', (value) => value === 'ip'],
  ['service.beta.kubernetes.io/aws-load-balancer-type', (value) => value === 'nlb-ip'],
  ['cloud.google.com/neg', (value) => value.includes('"exposed_ports"')],
  ['service.cloud.tencent.com/direct-access', (value) => value === 'true'],
  ['service.beta.kubernetes.io/backend-type', (value) => value === 'eni']
]

function balancedBy(type: string, policy: string | undefined, given: Metadata): Balanced | undefined {
  if (type === 'ExternalName') return undefined
  if (podTargets.some(([key, isMeant]) => isMeant(annotation(given, key) ?? ''))) return 'pods'
  if (type !== 'LoadBalancer' && type !== 'NodePort') return undefined
  return policy === 'Local' ? 'nodes' : 'any-node'
}
