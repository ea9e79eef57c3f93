import t from 'tap'
import { ApiError } from '../../src/cluster/api/api-error.ts'
import { type CacheOptions, ClusterCache, type Follow } from '../../src/cluster/cluster-cache.ts'
import type { Problem } from '../../src/cluster/reflector/reflector.ts'
import type { FactName } from '../../src/inventory/facts/index.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { budgetJson, namespaceJson } from '../inventory/objects.ts'
import { servedGroups, sourceOf } from '../support/inventory.ts'
import { deployment } from '../support/workloads.ts'

const paths = {
  namespaces: '/api/v1/namespaces',
  budgets: '/apis/policy/v1/poddisruptionbudgets',
  scaledObjects: '/apis/keda.sh/v1alpha1/scaledobjects',
  services: '/api/v1/services',
  claims: '/api/v1/persistentvolumeclaims',
  volumes: '/api/v1/persistentvolumes',
  priorityClasses: '/apis/scheduling.k8s.io/v1/priorityclasses',
  quotas: '/api/v1/resourcequotas',
  limitRanges: '/api/v1/limitranges',
  verticalAutoscalers: '/apis/autoscaling.k8s.io/v1/verticalpodautoscalers',
  apiGroups: '/apis/apiregistration.k8s.io/v1/apiservices',
  nodes: '/api/v1/nodes',
  daemonSets: '/apis/apps/v1/daemonsets'
} as const

type Following = Parameters<Follow>[0]
type Json = Record<string, unknown>

/** Stands for a reflector: a test says what it hears, and when it last heard. */
interface Fed {
  synced: boolean
  freshness: number
  stopped: boolean
  optional: boolean
  list(...objects: readonly Json[]): void
  set(object: Json): void
  fail(problem: Pick<Problem, 'in' | 'error'>): void
}

function keyOf({ metadata }: Json): string {
  return (metadata as { name: string }).name
}

function feed({ path, optional, transform, store, onProblem }: Following): Fed {
  return {
    synced: false,
    freshness: Infinity,
    stopped: false,
    optional: optional === true,
    list(...objects) {
      this.synced = true
      this.freshness = 0
      store.replace(new Map(objects.map((object) => [keyOf(object), transform(object)])))
    },
    set: (object) => store.set(keyOf(object), transform(object)),
    fail: (problem) => onProblem({ path, ...problem })
  }
}

interface FedCluster {
  cache: ClusterCache
  fed: ReadonlyMap<string, Fed>
  at: (path: string) => Fed
  problems: readonly Problem[]
}

/** A cluster of which nothing has been heard yet. */
function silentCluster(options: Partial<CacheOptions> = {}): FedCluster {
  const fed = new Map<string, Fed>()
  const problems: Problem[] = []
  const follow: Follow = (following) => {
    const one = feed(following)
    fed.set(following.path, one)
    return {
      path: following.path,
      absent: false,
      firstSync: Promise.resolve(),
      get synced() {
        return one.synced
      },
      get freshness() {
        return one.freshness
      },
      stop: () => {
        one.stopped = true
      }
    }
  }
  const cache = new ClusterCache({ follow, onProblem: (problem) => problems.push(problem), ...options })
  const at = (path: string): Fed => {
    const found = fed.get(path)
    if (found === undefined) throw new Error(`nobody follows ${path}`)
    return found
  }
  return { cache, fed, at, problems }
}

/** A cluster of which all lists have been there, with nothing in them. */
function emptyCluster(options: Partial<CacheOptions> = {}): FedCluster {
  const cluster = silentCluster(options)
  for (const one of cluster.fed.values()) one.list()
  return cluster
}

/** Why a fact around a Deployment is unknown; undefined of one that is known. */
function whyOf({ cache }: FedCluster, name: FactName): string | undefined {
  const source = sourceOf(cache.inventory, { readiness: cache })
  const fact = source.factsFor(parseWorkload('Deployment', deployment()))[name]
  return fact.known ? undefined : fact.why
}

const forbidden = new ApiError({ asked: 'GET /api/v1/services', code: 403, status: { reason: 'Forbidden' } })

void t.test('it says which list it waits for, and why that does not come', async (test) => {
  const cluster = silentCluster()
  test.equal(cluster.cache.unsynced, 'waiting for the first list of namespaces')
  for (const [path, fed] of cluster.fed) if (path !== paths.services) fed.list()
  test.equal(cluster.cache.unsynced, 'waiting for the first list of services')
  cluster.at(paths.services).fail({ in: 'list', error: forbidden })
  test.equal(cluster.cache.unsynced, 'waiting for the first list of services: 403 Forbidden')
  test.equal(whyOf(cluster, 'services'), 'waiting for the first list of services: 403 Forbidden')
  cluster.at(paths.services).fail({ in: 'list', error: new Error(`x${'y'.repeat(1000)}`) })
  test.equal(cluster.cache.unsynced, `waiting for the first list of services: x${'y'.repeat(199)}`)
  test.equal(cluster.problems.length, 2)
  cluster.at(paths.services).list()
  test.equal(cluster.cache.unsynced, undefined)
  test.equal(whyOf(cluster, 'services'), undefined)
  await cluster.cache.firstSync()
  test.end()
})

void t.test('claims that it may not read are unknown, and nobody waits for them', async (test) => {
  const cluster = silentCluster()
  for (const [path, fed] of cluster.fed) if (path !== paths.claims) fed.list()
  test.equal(cluster.cache.unsynced, 'waiting for the first list of persistentvolumeclaims')
  cluster.at(paths.claims).fail({ in: 'list', error: new Error('connect ECONNREFUSED') })
  test.ok(cluster.cache.unsynced, 'a server that is away is waited for')
  cluster.at(paths.claims).fail({ in: 'list', error: forbidden })
  test.equal(cluster.cache.unsynced, undefined)
  await cluster.cache.firstSync()
  test.equal(whyOf(cluster, 'claims'), 'waiting for the first list of persistentvolumeclaims: 403 Forbidden')
  test.equal(whyOf(cluster, 'services'), undefined)
  const followed = () => new Map(cluster.cache.staleness()).has('persistentvolumeclaims')
  test.notOk(followed(), 'they are no older than anybody expects')
  cluster.at(paths.claims).fail({ in: 'list', error: forbidden })
  test.equal(cluster.problems.length, 2, 'that it may not is said once')
  cluster.at(paths.claims).list()
  test.equal(whyOf(cluster, 'claims'), undefined, 'with the right they are known')
  test.ok(followed())
  cluster.at(paths.claims).fail({ in: 'watch', error: forbidden })
  test.equal(cluster.problems.length, 3, 'that the right is gone is said')
  test.end()
})

void t.test('what came with a later release, and may not be read, keeps nobody waiting', (test) => {
  const later = ['volumes', 'priorityClasses', 'quotas', 'limitRanges', 'verticalAutoscalers', 'apiGroups'] as const
  for (const name of later) {
    const cluster = silentCluster()
    for (const [path, fed] of cluster.fed) if (path !== paths[name]) fed.list()
    test.ok(cluster.cache.unsynced, name)
    cluster.at(paths[name]).fail({ in: 'list', error: forbidden })
    test.equal(cluster.cache.unsynced, undefined, name)
    test.match(whyOf(cluster, name), /^waiting for the first list of [a-z]+: 403 Forbidden$/)
    cluster.at(paths[name]).list(...(name === 'apiGroups' ? servedGroups : []))
    test.equal(whyOf(cluster, name), undefined)
  }
  test.end()
})

void t.test('what was not confirmed for too long makes its own facts unknown, and no others', (test) => {
  const cluster = emptyCluster()
  cluster.at(paths.budgets).freshness = 180_000
  test.equal(whyOf(cluster, 'budgets'), undefined)
  cluster.at(paths.budgets).freshness = 180_001
  test.equal(whyOf(cluster, 'budgets'), 'the poddisruptionbudgets were last confirmed 180 s ago')
  cluster.at(paths.budgets).fail({ in: 'watch', error: forbidden })
  test.equal(whyOf(cluster, 'budgets'), 'the poddisruptionbudgets were last confirmed 180 s ago: 403 Forbidden')
  for (const name of ['autoscaler', 'services', 'nodes', 'neighbours'] as const)
    test.equal(whyOf(cluster, name), undefined)
  test.equal(cluster.cache.unsynced, undefined, 'a replica that was ready stays so')
  cluster.at(paths.budgets).freshness = 0
  cluster.at(paths.budgets).set(budgetJson('more', {}))
  cluster.at(paths.budgets).freshness = 200_000
  test.equal(
    whyOf(cluster, 'budgets'),
    'the poddisruptionbudgets were last confirmed 200 s ago',
    'what is over is not told'
  )
  test.end()
})

void t.test('every resource of a source counts', (test) => {
  for (const [path, name, fact] of [
    [paths.scaledObjects, 'scaledobjects', 'autoscaler'],
    [paths.daemonSets, 'daemonsets', 'neighbours'],
    [paths.nodes, 'nodes', 'nodes']
  ] as const) {
    const cluster = emptyCluster({ staleAfterSeconds: 30 })
    cluster.at(path).freshness = 31_500
    test.equal(whyOf(cluster, fact), `the ${name} were last confirmed 31 s ago`)
  }
  test.end()
})

void t.test('an odd object is not why the others are old', (test) => {
  const cluster = emptyCluster()
  cluster.at(paths.services).fail({ in: 'object', error: new Error('spec: expected an object') })
  cluster.at(paths.services).freshness = 190_000
  test.equal(whyOf(cluster, 'services'), 'the services were last confirmed 190 s ago', 'it is not why they are old')
  test.end()
})

void t.test('only what is asked for is followed', (test) => {
  const cluster = silentCluster({ sources: ['namespaces', 'budgets', 'autoscalers', 'workloads'] })
  test.notOk(cluster.fed.has(paths.services))
  test.notOk(cluster.fed.has(paths.claims))
  test.notOk(cluster.fed.has(paths.nodes))
  test.equal(cluster.fed.size, 7)
  for (const fed of cluster.fed.values()) fed.list()
  test.equal(cluster.cache.unsynced, undefined)
  test.equal(whyOf(cluster, 'services'), 'the services are not watched')
  test.equal(whyOf(cluster, 'nodes'), 'the nodes are not watched')
  test.end()
})

void t.test('only what clusters may be without is optional', (test) => {
  const { fed } = silentCluster()
  const optional = [...fed].filter(([, one]) => one.optional).map(([path]) => path)
  test.strictSame(optional, [paths.scaledObjects, paths.verticalAutoscalers])
  test.end()
})

void t.test('how old each is, for a metric; and the end', (test) => {
  const cluster = silentCluster({ sources: ['namespaces', 'nodes'] })
  cluster.at(paths.nodes).list()
  cluster.at(paths.nodes).freshness = 1500
  test.strictSame(
    [...cluster.cache.staleness()],
    [
      ['namespaces', Infinity],
      ['nodes', 1.5]
    ]
  )
  cluster.cache.stop()
  test.ok([...cluster.fed.values()].every(({ stopped }) => stopped))
  test.end()
})

void t.test('a whole list is told of, a single change is not', (test) => {
  let lists = 0
  const cluster = silentCluster({ onList: () => lists++ })
  cluster.at(paths.namespaces).list(namespaceJson('shop'))
  cluster.at(paths.namespaces).set(namespaceJson('bank'))
  test.equal(lists, 1)
  test.end()
})

void t.test('the labels of a namespace', (test) => {
  const cluster = silentCluster()
  const source = sourceOf(cluster.cache.inventory, { readiness: cluster.cache })
  test.strictSame(source.namespaceLabels('shop'), { known: false, why: 'waiting for the first list of namespaces' })
  cluster.at(paths.namespaces).list(namespaceJson('shop', { 'holdfast.dev/mode': 'warn', team: 'a' }))
  test.strictSame(source.namespaceLabels('shop'), { known: true, value: { 'holdfast.dev/mode': 'warn' } })
  test.strictSame(source.namespaceLabels('bank'), { known: false, why: 'its namespace has not been seen yet' })
  test.strictSame(source.namespaceLabels('__proto__'), { known: false, why: 'its namespace has not been seen yet' })
  cluster.at(paths.namespaces).freshness = 500_000
  test.strictSame(
    source.namespaceLabels('shop'),
    { known: true, value: { 'holdfast.dev/mode': 'warn' } },
    'the last known'
  )
  test.strictSame(source.namespaceLabels('bank'), { known: false, why: 'the namespaces were last confirmed 500 s ago' })
  test.end()
})
