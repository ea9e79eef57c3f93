import type { Logger } from 'pino'
import type { Test } from 'tap'
import type { ClusterView, Surroundings } from '../../src/inventory/cluster-view.ts'
import type { CompanionApi } from '../../src/companion/companion-api.ts'
import type { CompanionEvent } from '../../src/companion/event.ts'
import { CompanionMetrics } from '../../src/companion/metrics.ts'
import { reconcile, type ReconcilerOptions } from '../../src/companion/reconciler.ts'
import { type Fact, known } from '../../src/inventory/fact.ts'
import type { Budget } from '../../src/kube/budget.ts'
import { type WorkloadKey, workloadKey, workloadRef } from '../../src/kube/workload-key.ts'
import { aroundOf, budgetOf, narrowed, rules, web, workloadOf } from './scene.ts'

const deployments = { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' }

/** A cluster behind the ports of the reconciler: what it sees, and what it does. The two are as far apart as a test keeps them. */
export class FakeCluster implements ClusterView, CompanionApi {
  readonly seen = new Map<WorkloadKey, Fact<Surroundings>>()
  readonly named = new Map<string, Budget>()
  /** `create web`, in order. */
  readonly asked: string[] = []
  readonly events: CompanionEvent[] = []
  readonly logged: object[] = []
  readonly metrics = new CompanionMetrics()
  readonly ending = new AbortController()
  /** What a write runs into. */
  refuse: (asked: string) => Promise<void> = async () => {}
  ownerIsThere = true
  #tell: Parameters<ClusterView['onChange']>[0] = () => {}

  /** A change that the reconciler is told of. */
  show(name: string, given: Partial<Surroundings>, named?: Budget): void {
    this.see(name, given, named)
    this.#tell([keyOf(name)], 'shop')
  }

  /** One that it is not told of. */
  see(name: string, given: Partial<Surroundings>, named?: Budget): void {
    const workload = workloadOf({}, { name, uid: `u-${name}` })
    this.seen.set(keyOf(name), known(aroundOf({ workload, ...given })))
    if (named === undefined) this.named.delete(`shop/holdfast-deployment-${name}`)
    else this.named.set(`shop/holdfast-deployment-${name}`, named)
  }

  start(test: Test, given: Partial<ReconcilerOptions> = {}): Promise<void> {
    test.teardown(() => this.ending.abort())
    const log = (fields: object) => this.logged.push(fields)
    const options: ReconcilerOptions = {
      view: this,
      api: this,
      recordEvent: (event) => this.events.push(event),
      rules,
      maxUnavailable: 1,
      giveWayMs: 600_000,
      kinds: [deployments],
      rate: { perSecond: 1000, burst: 1000 },
      resyncMs: 3_600_000,
      metrics: this.metrics,
      log: { info: log, warn: log } as unknown as Logger,
      ...given
    }
    return reconcile(options, this.ending.signal)
  }

  keys(): Iterable<WorkloadKey> {
    return this.seen.keys()
  }

  around(key: WorkloadKey): Fact<Surroundings> {
    return this.seen.get(key) ?? known(aroundOf({ workload: undefined }))
  }

  budgetNamed(namespace: string, name: string): Fact<Budget | undefined> {
    return known(this.named.get(`${namespace}/${name}`))
  }

  onChange(listener: Parameters<ClusterView['onChange']>[0]): () => void {
    this.#tell = listener
    return () => {
      this.#tell = () => {}
    }
  }

  async isThere({ ref }: { ref: { name: string } }): Promise<boolean> {
    this.asked.push(`look for ${ref.name}`)
    return this.ownerIsThere
  }

  async create(manifest: { metadata: { name: string } }): Promise<void> {
    await this.#write(`create ${manifest.metadata.name}`)
  }

  async update(manifest: { metadata: { name: string } }): Promise<boolean> {
    await this.#write(`update ${manifest.metadata.name}`)
    return true
  }

  async remove({ metadata }: Budget): Promise<boolean> {
    await this.#write(`remove ${metadata.name}`)
    return true
  }

  #write(asked: string): Promise<void> {
    this.asked.push(asked)
    return this.refuse(asked)
  }
}

export function keyOf(name: string): WorkloadKey {
  return workloadKey({ ...web, name })
}

/** The companion of a workload, as it should be. */
export function companionNamed(name: string): Budget {
  const { group, kind } = workloadRef(keyOf(name))
  const owner = { apiVersion: `${group}/v1`, kind, name, uid: `u-${name}`, controller: true }
  const labels = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }
  const spec = {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: narrowed
  }
  return budgetOf(`holdfast-deployment-${name}`, { labels, ownerReferences: [owner] }, spec)
}
