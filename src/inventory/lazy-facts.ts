import type { FactName, Facts } from '../engine/facts.ts'

/** How each fact around a subject of one kind is found. */
export type FactProviders<S> = { readonly [N in FactName]: (subject: S) => Facts[N] }

/** Facts that are found when somebody asks, once each. What no policy reads costs nothing. */
export class LazyFacts<S> implements Facts {
  readonly #find: FactProviders<S>
  readonly #subject: S
  readonly #found: Partial<Facts> = {}

  constructor(find: FactProviders<S>, subject: S) {
    this.#find = find
    this.#subject = subject
  }

  get serverVersion(): Facts['serverVersion'] {
    return (this.#found.serverVersion ??= this.#find.serverVersion(this.#subject))
  }

  get autoscaler(): Facts['autoscaler'] {
    return (this.#found.autoscaler ??= this.#find.autoscaler(this.#subject))
  }

  get autoscalers(): Facts['autoscalers'] {
    return (this.#found.autoscalers ??= this.#find.autoscalers(this.#subject))
  }

  get neighbours(): Facts['neighbours'] {
    return (this.#found.neighbours ??= this.#find.neighbours(this.#subject))
  }

  get budgets(): Facts['budgets'] {
    return (this.#found.budgets ??= this.#find.budgets(this.#subject))
  }

  get companion(): Facts['companion'] {
    return (this.#found.companion ??= this.#find.companion(this.#subject))
  }

  get services(): Facts['services'] {
    return (this.#found.services ??= this.#find.services(this.#subject))
  }

  get nodes(): Facts['nodes'] {
    return (this.#found.nodes ??= this.#find.nodes(this.#subject))
  }

  get workloads(): Facts['workloads'] {
    return (this.#found.workloads ??= this.#find.workloads(this.#subject))
  }
}
