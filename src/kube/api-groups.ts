import { groupOf } from './workload-key.ts'

/** The API groups of Kubernetes with a dot in their names; those without one are all its own. A test on a real API server holds the list. */
export const dottedGroups: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io'
])

/** Whether a custom resource definition, or an aggregated API server, brings the kinds of this apiVersion. */
export function isCustom(apiVersion: string): boolean {
  const group = groupOf(apiVersion)
  return group.includes('.') && !dottedGroups.has(group)
}
