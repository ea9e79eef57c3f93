import { ClusterCache, type CacheOptions, type Follow } from '../../src/cluster/cluster-cache.ts'
import { buildClusterFactSource } from '../../src/cluster/cluster-fact-source.ts'
import type { FactSource } from '../../src/cluster/fact-source.ts'
import type { Store } from '../../src/inventory/object-store.ts'
import type { Problem } from '../../src/cluster/reflector/reflector.ts'
import type { CompanionRules } from '../../src/engine/companion-wish.ts'
import { type Fact, known } from '../../src/engine/facts.ts'

type Json = Record<string, unknown>

export const paths = {
  namespaces: '/api/v1/namespaces',
  budgets: '/apis/policy/v1/poddisruptionbudgets',
  hpas: '/apis/autoscaling/v2/horizontalpodautoscalers',
  scaledObjects: '/apis/keda.sh/v1alpha1/scaledobjects',
  services: '/api/v1/services',
  nodes: '/api/v1/nodes',
  deployments: '/apis/apps/v1/deployments',
  statefulSets: '/apis/apps/v1/statefulsets',
  daemonSets: '/apis/apps/v1/daemonsets'
} as const

/** One resource, as a reflector would feed it. */
interface Fed {
  synced: boolean
  freshness: number
  stopped: boolean
  optional: boolean
  list(objects: readonly Json[]): void
  set(object: Json): void
  delete(key: string): void
  fail(problem: Pick<Problem, 'in' | 'error'>): void
}

function keyOf({ metadata }: Json): string {
  const { namespace, name } = metadata as { namespace?: string; name: string }
  return namespace === undefined ? name : `${namespace}/${name}`
}

function feed<T>(
  options: Parameters<Follow>[0] & { transform: (raw: unknown) => T | undefined; store: Store<T> }
): Fed {
  const transform = (object: Json) => {
    const item = options.transform(structuredClone(object))
    if (item === undefined) throw new Error('nothing is kept of it')
    return item
  }
  return {
    synced: false,
    freshness: Infinity,
    stopped: false,
    optional: options.optional === true,
    list(objects) {
      this.synced = true
      this.freshness = 0
      options.store.replace(new Map(objects.map((object) => [keyOf(object), transform(object)])))
    },
    set: (object) => options.store.set(keyOf(object), transform(object)),
    delete: (key) => options.store.delete(key),
    fail: (problem) => options.onProblem({ path: options.path, ...problem })
  }
}

/** A cache, and by path what feeds it in the place of reflectors. */
export interface FollowedCluster {
  cache: ClusterCache
  fed: ReadonlyMap<string, Fed>
  at: (path: string) => Fed
  source: FactSource
  problems: Problem[]
}

type Options = Partial<CacheOptions> & { companions?: Partial<CompanionRules> }

const kinds = new Set(['apps/Deployment', 'apps/StatefulSet'])

/** A cluster of which nothing has been heard yet. */
export function silentCluster({ companions, ...options }: Options = {}): FollowedCluster {
  const fed = new Map<string, Fed>()
  const problems: Problem[] = []
  const follow: Follow = (given) => {
    const one = feed(given)
    fed.set(given.path, one)
    const stop = () => {
      one.stopped = true
    }
    return {
      path: given.path,
      absent: false,
      firstSync: Promise.resolve(),
      stop,
      get synced() {
        return one.synced
      },
      get freshness() {
        return one.freshness
      }
    }
  }
  const cache = new ClusterCache({ follow, onProblem: (problem) => problems.push(problem), ...options })
  const source = buildClusterFactSource({
    cache,
    serverVersion: () => known({ major: 1, minor: 33 }),
    companions: { enabled: true, kinds, excludedNamespaces: new Set(), isExempt: () => false, ...companions }
  })
  const at = (path: string): Fed => {
    const found = fed.get(path)
    if (found === undefined) throw new Error(`nobody follows ${path}`)
    return found
  }
  return { cache, fed, at, source, problems }
}

/** A cluster with these objects in it, by path, and all lists there. */
export function clusterOf(objects: Partial<Record<string, readonly Json[]>>, options: Options = {}): FollowedCluster {
  const cluster = silentCluster(options)
  for (const [path, one] of cluster.fed) one.list(objects[path] ?? [])
  return cluster
}

/** Of a fact that has to be known. */
export function valueOf<T>(fact: Fact<T>): T {
  if (!fact.known) throw new Error(fact.why)
  return fact.value
}

const metadataOf = (name: string, more: Json = {}) => ({ name, namespace: 'shop', uid: `uid-${name}`, ...more })

/** A workload of the namespace shop whose pods have the label `app` with its name. */
export function workloadJson(name: string, more: { metadata?: Json; spec?: Json; labels?: Json } = {}): Json {
  const labels = more.labels ?? { app: name }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } }
  return {
    metadata: metadataOf(name, more.metadata),
    spec: { replicas: 3, selector: { matchLabels: labels }, template, ...more.spec }
  }
}

export function budgetJson(name: string, selector?: Json, more: { metadata?: Json; spec?: Json } = {}): Json {
  const selects = selector === undefined ? {} : { selector }
  return { metadata: metadataOf(name, more.metadata), spec: { maxUnavailable: 1, ...selects, ...more.spec } }
}

export function hpaJson(name: string, target: string, more: { metadata?: Json; spec?: Json } = {}): Json {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: target }
  return {
    metadata: metadataOf(name, more.metadata),
    spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 9, ...more.spec }
  }
}

export function scaledObjectJson(name: string, target: string, more: { metadata?: Json; spec?: Json } = {}): Json {
  return { metadata: metadataOf(name, more.metadata), spec: { scaleTargetRef: { name: target }, ...more.spec } }
}

/** Whose owner is the ScaledObject of this name, as KEDA makes it. */
export function kedaHpaJson(scaledObject: string, target: string, spec: Json = {}): Json {
  const owner = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: scaledObject, uid: 'u', controller: true }
  return hpaJson(`keda-hpa-${scaledObject}`, target, { metadata: { ownerReferences: [owner] }, spec })
}

export function serviceJson(name: string, selector: Json | undefined): Json {
  const selects = selector === undefined ? {} : { selector }
  return { metadata: metadataOf(name), spec: { ...selects, ports: [{ port: 80, targetPort: 8080 }] } }
}

export function namespaceJson(name: string, labels: Json = {}): Json {
  return { metadata: { name, labels } }
}

export function nodeJson(name: string, zone?: string): Json {
  const zoned = zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }
  return { metadata: { name, labels: { 'kubernetes.io/hostname': name, ...zoned } } }
}
