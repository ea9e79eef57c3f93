import type { ClusterView, Surroundings } from '../../src/inventory/cluster-view.ts'
import { claimOf } from '../../src/companion/claim.ts'
import { type Action, type Plan, planFor } from '../../src/companion/plan.ts'
import type { ExistingWorkload } from '../../src/inventory/workloads.ts'
import { known } from '../../src/inventory/fact.ts'
import type { Budget } from '../../src/kube/budget.ts'
import { selectorMatches } from '../../src/kube/label-selector.ts'
import { type WorkloadKey, workloadKey, workloadRef } from '../../src/kube/workload-key.ts'
import { optedIn, rules, web } from './scene.ts'

export const kinds = new Map([
  ['apps/Deployment', { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' }]
])

/** A namespace, and what the API server makes of writes to it. Every change makes new objects, so a copy of the maps is a moment kept. */
export class World {
  optedIn = true
  /** What the configuration of the controller says. */
  maxUnavailable: number | string = 1
  readonly workloads = new Map<string, ExistingWorkload>()
  readonly budgets = new Map<string, Budget>()
  #version = 0

  get version(): string {
    this.#version += 1
    return String(this.#version)
  }

  /** As it is now, whatever happens afterwards. */
  snapshot(): World {
    const copy = new World()
    copy.optedIn = this.optedIn
    for (const [name, workload] of this.workloads) copy.workloads.set(name, workload)
    for (const [name, budget] of this.budgets) copy.budgets.set(name, budget)
    return copy
  }

  putBudget(name: string, metadata: Budget['metadata'], spec: Budget['spec']): void {
    const uid = this.budgets.get(name)?.metadata.uid ?? `uid-${this.version}`
    const whole = { ...metadata, name, namespace: 'shop', uid, resourceVersion: this.version }
    this.budgets.set(name, { kind: 'PodDisruptionBudget', metadata: whole, spec, object: {} })
  }

  selecting({ podLabels }: ExistingWorkload): readonly Budget[] {
    return [...this.budgets.values()].filter(({ spec }) => selectorMatches(spec.selector, podLabels))
  }

  /** Does what the controller would, seeing the world as `seen`. Whether there was anything to do. */
  act(key: WorkloadKey, seen: World): boolean {
    const { maxUnavailable } = this
    const { owner, actions } = planFor(key, { view: viewOf(seen), rules, maxUnavailable, kinds })
    for (const action of actions) this.#write(action, owner)
    return actions.length > 0
  }

  #write(action: Action, owner: Plan['owner']): void {
    if (action.do === 'create') {
      const { metadata, spec } = action.manifest
      const isThere = this.workloads.get(owner.ref.name)?.metadata.uid === owner.uid
      if (isThere && !this.budgets.has(metadata.name)) this.putBudget(metadata.name, metadata, spec)
      return
    }
    const { name = '', uid } = action.live.metadata
    const live = this.budgets.get(name)
    if (live === undefined || live.metadata.uid !== uid || claimOf(live, owner.ref, owner.uid) === 'foreign') return
    if (action.do === 'remove') this.budgets.delete(name)
    // Both bounds at once are refused. Who saw the budget before it got the other one looks again; who goes on never comes to rest.
    else if (live.spec.minAvailable === undefined)
      this.putBudget(name, action.manifest.metadata, { ...live.spec, ...action.manifest.spec })
  }
}

export function keyOf(name: string): WorkloadKey {
  return workloadKey({ ...web, name })
}

function around(world: World, key: WorkloadKey): Surroundings {
  const ref = workloadRef(key)
  const workload = world.workloads.get(ref.name)
  const all = [...world.budgets.values()]
  const others = [...world.workloads.values()].filter((other) => other !== workload)
  return {
    workload,
    namespace: { labels: world.optedIn ? optedIn : {}, terminating: false },
    budgets: workload === undefined ? [] : world.selecting(workload),
    overlapping:
      workload === undefined
        ? []
        : others.filter(
            ({ podLabels, selector }) =>
              selectorMatches(workload.selector, podLabels) || selectorMatches(selector, workload.podLabels)
          ),
    companions: all.filter((budget) => claimOf(budget, ref, workload?.metadata.uid) !== 'foreign')
  }
}

function viewOf(world: World): ClusterView {
  return {
    keys: () => [...world.workloads.keys()].map(keyOf),
    around: (key) => known(around(world, key)),
    budgetNamed: (_namespace, name) => known(world.budgets.get(name)),
    onChange: () => () => {}
  }
}
