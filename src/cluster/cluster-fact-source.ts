import type { Facts } from '../engine/facts.ts'
import type { Subject } from '../engine/policy.ts'
import { isAutoscaler } from '../kube/autoscaler.ts'
import type { FactSource } from './fact-source.ts'
import { autoscalerFacts, budgetFacts, scaleFacts, workloadFacts } from '../inventory/fact-providers.ts'
import { LazyFacts } from '../inventory/lazy-facts.ts'
import { FactReader, type Surveyed } from '../inventory/fact-reader.ts'

/** Facts from the cache, with what is judged in the place of its old version. */
export function buildClusterFactSource(surveyed: Surveyed): FactSource {
  const lookup = new FactReader(surveyed)
  const ofWorkload = workloadFacts(lookup)
  const ofBudget = budgetFacts(lookup)
  const ofAutoscaler = autoscalerFacts(lookup)
  const ofScale = scaleFacts(lookup)
  const factsFor = (subject: Subject): Facts => {
    if (subject.kind === 'PodDisruptionBudget') return new LazyFacts(ofBudget, subject)
    if (subject.kind === 'Scale') return new LazyFacts(ofScale, subject)
    if (isAutoscaler(subject)) return new LazyFacts(ofAutoscaler, subject)
    return new LazyFacts(ofWorkload, subject)
  }
  return { factsFor, namespaceLabels: (name) => lookup.namespaceLabels(name) }
}
