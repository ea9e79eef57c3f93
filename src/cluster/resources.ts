import type { ResourceKind } from '../kube/resource-kind.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { Store } from '../inventory/object-store.ts'
import * as transform from '../inventory/transform.ts'

/** What facts are taken from: a resource, or all of a sort. */
export const sorts = ['namespaces', 'budgets', 'autoscalers', 'services', 'nodes', 'workloads'] as const
export type Sort = (typeof sorts)[number]

/** A collection of the API server, and what becomes of its objects. */
export interface Resource<T> {
  sort: Sort
  /** In the plural, as messages and metrics call it. */
  name: string
  path: string
  transform: (raw: unknown) => T
  store: Store<T>
  /** Clusters may be without it. */
  optional: boolean
}

/** A kind of workload beside those of Kubernetes: with a scale subresource, and a pod template at spec.template. */
export type CustomWorkload = ResourceKind

type Visit = <T>(resource: Resource<T>) => void

function visitWorkloads(inventory: Inventory, custom: readonly CustomWorkload[], visit: Visit): void {
  const open = (form: transform.WorkloadForm, version: string, name: string, optional: boolean) => {
    visit({
      sort: 'workloads',
      name,
      path: `/apis/${form.group}/${version}/${name}`,
      transform: (raw) => transform.transformWorkload(form, raw),
      store: inventory.openWorkloads(form),
      optional
    })
  }
  open({ group: 'apps', kind: 'Deployment', scales: true }, 'v1', 'deployments', false)
  open({ group: 'apps', kind: 'StatefulSet', scales: true }, 'v1', 'statefulsets', false)
  open({ group: 'apps', kind: 'DaemonSet', scales: false }, 'v1', 'daemonsets', false)
  for (const { group, version, kind, resource } of custom) open({ group, kind, scales: true }, version, resource, true)
}

function visitAutoscalers(inventory: Inventory, visit: Visit): void {
  visit({
    sort: 'autoscalers',
    name: 'horizontalpodautoscalers',
    path: '/apis/autoscaling/v2/horizontalpodautoscalers',
    transform: (raw) => transform.transformAutoscaler('HorizontalPodAutoscaler', raw),
    store: inventory.openAutoscalers(),
    optional: false
  })
  visit({
    sort: 'autoscalers',
    name: 'scaledobjects',
    path: '/apis/keda.sh/v1alpha1/scaledobjects',
    transform: (raw) => transform.transformAutoscaler('ScaledObject', raw),
    store: inventory.openAutoscalers(),
    optional: true
  })
}

/** Every resource that facts are taken from, each with its store in the inventory. */
export function visitResources(inventory: Inventory, custom: readonly CustomWorkload[], visit: Visit): void {
  const always = { optional: false }
  visit({
    ...always,
    sort: 'namespaces',
    name: 'namespaces',
    path: '/api/v1/namespaces',
    transform: transform.transformNamespace,
    store: inventory.namespaces
  })
  visit({
    ...always,
    sort: 'budgets',
    name: 'poddisruptionbudgets',
    path: '/apis/policy/v1/poddisruptionbudgets',
    transform: transform.transformBudget,
    store: inventory.budgets.store
  })
  visitAutoscalers(inventory, visit)
  visit({
    ...always,
    sort: 'services',
    name: 'services',
    path: '/api/v1/services',
    transform: transform.transformService,
    store: inventory.services.store
  })
  visit({
    ...always,
    sort: 'nodes',
    name: 'nodes',
    path: '/api/v1/nodes',
    transform: transform.transformNode,
    store: inventory.nodes.store
  })
  visitWorkloads(inventory, custom, visit)
}
