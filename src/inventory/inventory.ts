import type { ExistingWorkload } from '../engine/facts.ts'
import type { Autoscaler } from '../kube/autoscaler.ts'
import type { Budget } from '../kube/budget.ts'
import { Autoscalers, lowest } from './autoscalers.ts'
import { Budgets } from './budgets.ts'
import type { ExistingNamespace } from '../cluster/cluster-view.ts'
import { NodeSet } from './node-set.ts'
import { ObjectStore, type OnChange } from './object-store.ts'
import { Services } from './services.ts'
import type { KeptWorkload } from './transform.ts'
import { keyOfWorkload, Workloads } from './workloads.ts'

/** Told of changes, once they can be read. */
export interface Listener {
  workload: OnChange<KeptWorkload>
  autoscaler: OnChange<Autoscaler>
  budget: OnChange<Budget>
  namespace: OnChange<ExistingNamespace>
}

/** All that is kept of a cluster. It knows nothing of how fresh it is. */
export class Inventory {
  readonly listeners = new Set<Listener>()
  readonly namespaces = new ObjectStore<ExistingNamespace>(this.#telling('namespace'))
  readonly budgets = new Budgets(this.#telling('budget'))
  readonly services = new Services()
  readonly nodes = new NodeSet()
  readonly workloads = new Workloads()
  readonly autoscalers = new Autoscalers()

  openWorkloads(form: { group: string; kind: string }): ObjectStore<KeptWorkload> {
    return this.workloads.open(form, this.#telling('workload'))
  }

  openAutoscalers(): ObjectStore<Autoscaler> {
    return this.autoscalers.open(this.#telling('autoscaler'))
  }

  /** With the autoscaler that drives it. */
  whole(workload: KeptWorkload): ExistingWorkload {
    return { ...workload, autoscaler: lowest(this.autoscalers.of(keyOfWorkload(workload))) }
  }

  #telling<N extends keyof Listener>(name: N): Listener[N]
  #telling(name: keyof Listener): OnChange<never> {
    return (...change) => {
      for (const listener of this.listeners) listener[name](...change)
    }
  }
}
