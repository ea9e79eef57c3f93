import type { Facts } from '../engine/facts.ts'
import type { Subject } from '../engine/policy.ts'
import { isAutoscaler } from '../kube/autoscaler.ts'
import type { FactSource } from './fact-source.ts'
import { autoscalerFinders, budgetFinders, scaleFinders, workloadFinders } from './finders.ts'
import { LazyFacts } from './lazy-facts.ts'
import { Lookup, type Surveyed } from './lookup.ts'

/** Facts from the cache, with what is judged in the place of its old version. */
export function buildClusterFactSource(surveyed: Surveyed): FactSource {
  const lookup = new Lookup(surveyed)
  const ofWorkload = workloadFinders(lookup)
  const ofBudget = budgetFinders(lookup)
  const ofAutoscaler = autoscalerFinders(lookup)
  const ofScale = scaleFinders(lookup)
  const factsFor = (subject: Subject): Facts => {
    if (subject.kind === 'PodDisruptionBudget') return new LazyFacts(ofBudget, subject)
    if (subject.kind === 'Scale') return new LazyFacts(ofScale, subject)
    if (isAutoscaler(subject)) return new LazyFacts(ofAutoscaler, subject)
    return new LazyFacts(ofWorkload, subject)
  }
  return { factsFor, namespaceLabels: (name) => lookup.namespaceLabels(name) }
}
