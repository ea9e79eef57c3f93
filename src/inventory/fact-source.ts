import { isAutoscaler } from '../kube/autoscaler.ts'
import type { Subject } from '../kube/kinds.ts'
import type { Labels } from '../kube/label-selector.ts'
import type { ServerVersion } from '../kube/server-version.ts'
import { type Fact, known, unknown } from './fact.ts'
import type { FactInputs, FactProvider, SubjectClass } from './fact-definition.ts'
import { factNames, facts, type FactsFor, unknownFacts } from './facts/index.ts'
import { type FindFacts, lazyFacts } from './lazy-facts.ts'
import { namespaceLabels } from './namespace-labels.ts'
import { whyUnready } from './readiness.ts'
import { isNamespaced } from './source.ts'

/** Where the facts around a subject come from. */
export interface FactSource {
  factsFor: FactsFor
  /** The labels of a namespace: they name the profile. */
  namespaceLabels: (name: string) => Fact<Labels>
}

/** Facts from an inventory, in which the subject replaces its old version. */
export function buildFactSource(inputs: FactInputs): FactSource {
  const find: Readonly<Record<SubjectClass, FindFacts>> = {
    workload: findersFor('workload', inputs),
    budget: findersFor('budget', inputs),
    autoscaler: findersFor('autoscaler', inputs),
    service: findersFor('service', inputs),
    scale: findersFor('scale', inputs)
  }
  return {
    factsFor: (subject) => lazyFacts(find[classOf(subject)], subject, inputs.inventory.steps),
    namespaceLabels: (name) => namespaceLabels(name, inputs)
  }
}

/** A source that sees no cluster, but may know the release of its API server. */
export function buildLoneFactSource(version?: ServerVersion): FactSource {
  const why = 'no cluster cache'
  const uncached = unknown(why)
  const serverVersion = version === undefined ? unknown('the API server has not said its version') : known(version)
  const alone = Object.freeze(unknownFacts(why, { serverVersion }))
  return { factsFor: () => alone, namespaceLabels: () => uncached }
}

function classOf(subject: Subject): SubjectClass {
  if (subject.kind === 'PodDisruptionBudget') return 'budget'
  if (subject.kind === 'Scale') return 'scale'
  if (subject.kind === 'Service') return 'service'
  return isAutoscaler(subject) ? 'autoscaler' : 'workload'
}

const named: Readonly<Record<SubjectClass, string>> = {
  workload: 'a workload',
  budget: 'a budget',
  autoscaler: 'an autoscaler',
  service: 'a Service',
  scale: 'a Scale'
}

function findersFor(subjectClass: SubjectClass, inputs: FactInputs): FindFacts {
  const notLookedUp = unknown(`not looked up for ${named[subjectClass]}`)
  return factNames.map((name) => {
    const provider = facts[name][subjectClass]
    return provider === undefined ? () => notLookedUp : finderOf(provider, inputs)
  })
}

const homeless = unknown('the object does not say its namespace')

/** Calls a provider only if its sources are ready. */
function finderOf(provider: FactProvider<never, unknown>, inputs: FactInputs): FindFacts[number] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only subjects of its own class come to it
  const { from, asLastKnown, find } = provider as FactProvider<Subject, unknown>
  if (asLastKnown === true) return (subject, bounded) => find(subject, inputs, bounded)
  const inNamespace = from.some(isNamespaced)
  return (subject, bounded) => {
    if (inNamespace && (subject.metadata.namespace ?? '') === '') return homeless
    const why =
      whyUnready(inputs.readiness, from) ?? inputs.inventory.whyPartial(from, subject.metadata.namespace ?? '')
    return why === undefined ? bounded(() => find(subject, inputs, bounded)) : unknown(why)
  }
}
