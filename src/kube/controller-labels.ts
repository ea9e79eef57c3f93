const hash = 'controller-revision-hash'
const podName = 'statefulset.kubernetes.io/pod-name'

/**
 * The labels that pods get beside those of their template, by the kind of their controller: from pkg/controller/statefulset,
 * pkg/controller/deployment and pkg/controller/daemon of kubernetes.
 */
const byKind: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Deployment', new Set(['pod-template-hash'])],
  ['StatefulSet', new Set([podName, 'apps.kubernetes.io/pod-index', hash])],
  ['DaemonSet', new Set([hash, 'pod-template-generation'])]
])
/** Every pod gets these from its node (plugin/pkg/admission/podtopologylabels). */
const ofNodes: ReadonlySet<string> = new Set(['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'])
const ofControllers: ReadonlySet<string> = new Set(Array.from(byKind.values(), (keys) => [...keys]).flat())
/** Their values begin with the name of the set. */
const named: ReadonlySet<string> = new Set([podName, hash])

/**
 * Whether pods of a workload get a label with that key, and one of those values, beside those of their template: `sure`, `never`, or
 * `perhaps` from somebody else, such as the operator of a database that tells the primary by a label. Any value will do if none is given.
 */
export function getsLabel(
  { group, kind, name }: { group: string; kind: string; name: string },
  key: string,
  values?: readonly string[]
): 'sure' | 'perhaps' | 'never' {
  if (ofNodes.has(key)) return 'sure'
  if (group !== 'apps' || !ofControllers.has(key)) return 'perhaps'
  if (byKind.get(kind)?.has(key) !== true) return 'never'
  const isNamed = kind === 'StatefulSet' && named.has(key)
  return isNamed && values?.some((value) => value.startsWith(`${name}-`)) === false ? 'never' : 'sure'
}

const ofApplications: ReadonlySet<string> = new Set([
  'app',
  'application',
  'component',
  'k8s-app',
  'release',
  'helm.sh/chart'
])

/** Whether a label names an application: people and charts write it into templates, and no controller gives it to running pods. */
export function namesApplication(key: string): boolean {
  return ofApplications.has(key) || key.startsWith('app.kubernetes.io/')
}
