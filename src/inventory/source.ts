import { type Kind, kinds } from '../kube/kinds.ts'

/**
 * A source of facts: a name for the objects of one kind, or of several kinds that answer the same question. Workloads are only the
 * long-running ones. Jobs come and go, so little of them is kept; single pods are not kept at all.
 */
export const sourceKinds = {
  namespaces: [kinds.Namespace],
  budgets: [kinds.PodDisruptionBudget],
  autoscalers: [kinds.HorizontalPodAutoscaler, kinds.ScaledObject],
  services: [kinds.Service],
  claims: [kinds.PersistentVolumeClaim],
  volumes: [kinds.PersistentVolume],
  priorityClasses: [kinds.PriorityClass],
  quotas: [kinds.ResourceQuota],
  limitRanges: [kinds.LimitRange],
  verticalAutoscalers: [kinds.VerticalPodAutoscaler],
  apiServices: [kinds.APIService],
  nodes: [kinds.Node],
  workloads: [kinds.Deployment, kinds.StatefulSet, kinds.DaemonSet],
  jobs: [kinds.Job, kinds.CronJob]
} as const satisfies Readonly<Record<string, readonly Kind[]>>

export type Source = keyof typeof sourceKinds
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object literal has no keys but those of its type
export const sources = Object.keys(sourceKinds) as readonly Source[]

/** Whether its objects are in namespaces. */
export function isNamespaced(source: Source): boolean {
  return sourceKinds[source].some(({ namespaced }) => namespaced)
}
