import { type Autoscaler, type AutoscalerKind, parseAutoscaler } from './autoscaler.ts'
import { type Budget, parseBudget } from './budget.ts'
import { controllerOf, type Metadata, type OwnerReference } from './metadata.ts'
import type { ProvenanceOf } from './provenance.ts'
import type { ResourceKind } from './resource-kind.ts'
import { parseScale, type Scale } from './scale.ts'
import { parseService, type Service } from './service.ts'
import { parseWorkload, type Workload, type WorkloadKind, workloadKinds } from './workload.ts'
import { groupOf } from './workload-key.ts'

export type KindName =
  | WorkloadKind
  | AutoscalerKind
  | 'PodDisruptionBudget'
  | 'Service'
  | 'PersistentVolumeClaim'
  | 'PersistentVolume'
  | 'PriorityClass'
  | 'ResourceQuota'
  | 'LimitRange'
  | 'VerticalPodAutoscaler'
  | 'APIService'
  | 'Node'
  | 'Namespace'

/** A judged object: a workload, a budget, an autoscaler, a Service, or a Scale. */
export type Subject = Workload | { [K in AutoscalerKind]: Autoscaler<K> }[AutoscalerKind] | Budget | Service | Scale

/**
 * Reads an object as a subject, with the provenance of a live object unless another is given. Throws MalformedObject, which names the
 * field.
 */
export type Parse = (raw: unknown, provenanceOf?: ProvenanceOf) => Subject

/** The controllers that objects can be parts of, by `group/kind`; `any` if every object with a controller is a part of it. */
export type Wholes = Pick<ReadonlySet<string>, 'has'> | 'any'

/** A kind that Holdfast judges, or derives facts from. */
export interface Kind extends ResourceKind {
  kind: KindName
  namespaced: boolean
  /** Clusters may lack it. */
  optional: boolean
  /** A process that may not read it does not wait for it: facts that are derived from it are then unknown. */
  dispensable: boolean
  /** Whether it has a scale subresource. */
  scales: boolean
  /** The controllers that create its objects as parts of a larger workload. */
  partOf: Wholes
  /** Undefined for a kind that is not judged. */
  parse?: Parse
  /** Reads its scale subresource; undefined if that is not judged. */
  parseScale?: Parse
}

const none: ReadonlySet<string> = new Set()

/**
 * Every kind that Holdfast judges or derives facts from. Admission, the configuration and the companions use it. A contract test checks
 * the rules of the webhooks and the rights of the roles against it.
 */
export const kinds: Readonly<Record<KindName, Kind>> = {
  Deployment: {
    ...row('Deployment', 'apps', 'v1', 'deployments'),
    scales: true,
    parse: (raw, provenanceOf) => parseWorkload('Deployment', raw, provenanceOf),
    parseScale: (raw) => parseScale('Deployment', raw)
  },
  StatefulSet: {
    ...row('StatefulSet', 'apps', 'v1', 'statefulsets'),
    scales: true,
    parse: (raw, provenanceOf) => parseWorkload('StatefulSet', raw, provenanceOf),
    parseScale: (raw) => parseScale('StatefulSet', raw)
  },
  DaemonSet: {
    ...row('DaemonSet', 'apps', 'v1', 'daemonsets'),
    parse: (raw, provenanceOf) => parseWorkload('DaemonSet', raw, provenanceOf)
  },
  ReplicaSet: {
    ...row('ReplicaSet', 'apps', 'v1', 'replicasets'),
    scales: true,
    partOf: 'any',
    parse: (raw, provenanceOf) => parseWorkload('ReplicaSet', raw, provenanceOf)
  },
  Job: {
    ...row('Job', 'batch', 'v1', 'jobs'),
    partOf: 'any',
    parse: (raw, provenanceOf) => parseWorkload('Job', raw, provenanceOf)
  },
  CronJob: {
    ...row('CronJob', 'batch', 'v1', 'cronjobs'),
    parse: (raw, provenanceOf) => parseWorkload('CronJob', raw, provenanceOf)
  },
  Pod: {
    ...row('Pod', '', 'v1', 'pods'),
    partOf: 'any',
    parse: (raw, provenanceOf) => parseWorkload('Pod', raw, provenanceOf)
  },
  PodDisruptionBudget: {
    ...row('PodDisruptionBudget', 'policy', 'v1', 'poddisruptionbudgets'),
    parse: (raw) => parseBudget(raw)
  },
  HorizontalPodAutoscaler: {
    ...row('HorizontalPodAutoscaler', 'autoscaling', 'v2', 'horizontalpodautoscalers'),
    partOf: new Set(['keda.sh/ScaledObject']),
    parse: (raw) => parseAutoscaler('HorizontalPodAutoscaler', raw)
  },
  ScaledObject: {
    ...row('ScaledObject', 'keda.sh', 'v1alpha1', 'scaledobjects'),
    optional: true,
    parse: (raw) => parseAutoscaler('ScaledObject', raw)
  },
  Service: { ...row('Service', '', 'v1', 'services'), parse: (raw) => parseService(raw) },
  PersistentVolumeClaim: {
    ...row('PersistentVolumeClaim', '', 'v1', 'persistentvolumeclaims'),
    dispensable: true
  },
  PersistentVolume: { ...row('PersistentVolume', '', 'v1', 'persistentvolumes'), namespaced: false, dispensable: true },
  PriorityClass: {
    ...row('PriorityClass', 'scheduling.k8s.io', 'v1', 'priorityclasses'),
    namespaced: false,
    dispensable: true
  },
  ResourceQuota: { ...row('ResourceQuota', '', 'v1', 'resourcequotas'), dispensable: true },
  LimitRange: { ...row('LimitRange', '', 'v1', 'limitranges'), dispensable: true },
  VerticalPodAutoscaler: {
    ...row('VerticalPodAutoscaler', 'autoscaling.k8s.io', 'v1', 'verticalpodautoscalers'),
    optional: true,
    dispensable: true
  },
  APIService: {
    ...row('APIService', 'apiregistration.k8s.io', 'v1', 'apiservices'),
    namespaced: false,
    dispensable: true
  },
  Node: { ...row('Node', '', 'v1', 'nodes'), namespaced: false },
  Namespace: { ...row('Namespace', '', 'v1', 'namespaces'), namespaced: false }
}

export const allKinds: readonly Kind[] = Object.values(kinds)

/** The kinds of Kubernetes that a person scales: those with a scale subresource whose objects are not parts of a larger workload. */
export const scaledKinds: readonly Kind[] = allKinds.filter(({ scales, partOf }) => scales && partOf !== 'any')

/** The Kubernetes workloads that create other workloads or pods, by `group/kind`: what such a workload owns is a part of it. */
export const makers: ReadonlySet<string> = new Set(workloadKinds.filter((kind) => kind !== 'Pod').map(groupKind))

/**
 * The larger workload that an object is a part of, if its controller is one of `wholes`. A part is judged and counted only with that
 * workload.
 */
export function wholeOf(owned: Metadata, wholes: Wholes): OwnerReference | undefined {
  const owner = controllerOf(owned)
  if (owner === undefined || wholes === 'any') return owner
  const { apiVersion = '', kind = '' } = owner
  return wholes.has(`${groupOf(apiVersion)}/${kind}`) ? owner : undefined
}

function groupKind(name: KindName): string {
  const { group, kind } = kinds[name]
  return `${group}/${kind}`
}

function row(kind: KindName, group: string, version: string, resource: string): Kind {
  const usual = { namespaced: true, optional: false, dispensable: false, scales: false, partOf: none }
  return { group, version, kind, resource, ...usual }
}
