/** What tells one workload from all others. */
export interface WorkloadRef {
  /** The API group: `apps`. */
  group: string
  kind: string
  namespace: string
  name: string
}

/** A reference as one text, to look up by: `apps/Deployment/shop/web`. */
export type WorkloadKey = `${string}/${string}/${string}/${string}`

export function workloadKey({ group, kind, namespace, name }: WorkloadRef): WorkloadKey {
  return `${group}/${kind}/${namespace}/${name}`
}

/** None of the four parts can have a slash in it. */
export function workloadRef(key: WorkloadKey): WorkloadRef {
  const [group = '', kind = '', namespace = '', name = ''] = key.split('/')
  return { group, kind, namespace, name }
}

/** The API group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}
