import type { Subject } from '../../kube/kinds.ts'
import { type Fact, unknown } from '../fact.ts'
import type { FactDefinition } from '../fact-definition.ts'
import type { Source } from '../source.ts'
import { apiGroups } from './api-groups.ts'
import { autoscaler } from './autoscaler.ts'
import { autoscalers } from './autoscalers.ts'
import { budgets } from './budgets.ts'
import { claims } from './claims.ts'
import { companion } from './companion.ts'
import { jobs } from './jobs.ts'
import { limitRanges } from './limit-ranges.ts'
import { namespaceLabels } from './namespace-labels.ts'
import { neighbours } from './neighbours.ts'
import { nodes } from './nodes.ts'
import { priorityClasses } from './priority-classes.ts'
import { quotas } from './quotas.ts'
import { serverVersion } from './server-version.ts'
import { services } from './services.ts'
import { verticalAutoscalers } from './vertical-autoscalers.ts'
import { volumes } from './volumes.ts'
import { workloads } from './workloads.ts'

/**
 * Every fact that a policy can need. Each has its own file, with its meaning, its sources and how it is found; this
 * list is the only other place that names it.
 */
export const facts = {
  serverVersion,
  autoscaler,
  autoscalers,
  neighbours,
  budgets,
  companion,
  services,
  claims,
  volumes,
  priorityClasses,
  quotas,
  limitRanges,
  verticalAutoscalers,
  apiGroups,
  nodes,
  workloads,
  jobs,
  namespaceLabels
}

type Definitions = typeof facts
export type FactName = keyof Definitions

/** What surrounds a subject. */
export type Facts = {
  [N in FactName]: Definitions[N] extends FactDefinition<infer T> ? Fact<T> : never
}

/** Gives the facts around a subject. It answers from memory: a review makes no API call. */
export type FactsFor<S extends Subject = Subject> = (subject: S) => Facts

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of an object literal are all its type has
export const factNames = Object.keys(facts) as readonly FactName[]

/** Gives every fact a value of its type. */
export function factsFrom(valueOf: (name: FactName) => Facts[FactName]): Facts {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all names are there
  return Object.fromEntries(factNames.map((name) => [name, valueOf(name)])) as unknown as Facts
}

/** Makes every fact unknown for one reason, except the given ones. */
export function unknownFacts(why: string, given: Partial<Facts> = {}): Facts {
  const nothing = unknown(why)
  return { ...factsFrom(() => nothing), ...given }
}

/** The sources of these facts, whatever the subject: a process that provides the facts needs the right to read them. */
export function sourcesOf(names: Iterable<FactName>): ReadonlySet<Source> {
  const all = new Set<Source>()
  for (const name of names) {
    for (const { from } of Object.values(facts[name])) for (const source of from) all.add(source)
  }
  return all
}
