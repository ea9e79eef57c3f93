/** Kinds of which a test needs some pods and no more. */
export type PodOwner =
  | 'Deployment'
  | 'StatefulSet'
  | 'ReplicaSet'
  | 'ReplicationController'
  | 'DaemonSet'
  | 'Job'
  | 'Pod'

const spec = { containers: [{ name: 'web', image: 'registry.example/nginx:1.29' }] }
const groups: Readonly<Partial<Record<PodOwner, string>>> = { ReplicationController: 'v1', Pod: 'v1', Job: 'batch/v1' }

/** An object of the kind, whose pods are labelled `app: <name>`. A DaemonSet has as many as there are nodes. */
export function podsOwnedBy(kind: PodOwner, name: string, replicas: number): object {
  const labels = { app: name }
  const head = { apiVersion: groups[kind] ?? 'apps/v1', kind }
  if (kind === 'Pod') return { ...head, metadata: { name, labels }, spec }
  const template = { metadata: { labels }, spec: kind === 'Job' ? { ...spec, restartPolicy: 'Never' } : spec }
  return { ...head, metadata: { name }, spec: { ...countOf(kind, replicas), ...selectorOf(kind, labels), template } }
}

function countOf(kind: PodOwner, replicas: number): object {
  if (kind === 'DaemonSet') return {}
  if (kind === 'Job') return { parallelism: replicas, completions: replicas }
  return kind === 'StatefulSet' ? { replicas, podManagementPolicy: 'Parallel' } : { replicas }
}

function selectorOf(kind: PodOwner, labels: object): object {
  if (kind === 'Job') return {}
  return { selector: kind === 'ReplicationController' ? labels : { matchLabels: labels } }
}
