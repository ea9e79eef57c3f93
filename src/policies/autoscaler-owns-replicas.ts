import { definePolicy, type Violation } from '../engine/policy.ts'
import { type Statement, statementOf } from '../kube/provenance.ts'

const field = 'spec.replicas'
/** What an update lists may have been filled in. */
const defaultReplicas = 1

/** To take it out at once would be to ask for the default: each way of applying has a step to take before. */
const fixes: Readonly<Record<Exclude<Statement, 'update'>, string>> = {
  'client-side apply': 'drop it, from last-applied first',
  'server-side apply': 'hand it over, then drop it'
}

export const autoscalerOwnsReplicas = definePolicy({
  id: 'autoscaler-owns-replicas',
  title: 'What an autoscaler drives leaves its replicas to it',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet'],
  needs: ['autoscalers'],
  parameters: {},
  profiles: { baseline: 'advised', standard: 'advised', critical: 'advised' },
  injects: [],
  check({ subject, facts: { autoscalers } }): readonly Violation[] {
    // At zero replicas an autoscaler stands still: that is a switch.
    if (subject.replicas === 0 || (autoscalers.known && autoscalers.value.length === 0)) return []
    const statement = statementOf(subject.object, ['spec', 'replicas'])
    if (statement === undefined || (statement === 'update' && subject.replicas === defaultReplicas)) return []
    if (!autoscalers.known) {
      const problem = 'an autoscaler may be there'
      return [{ field, problem, fix: 'leave it to that one', unless: 'autoscalers', quiet: true }]
    }
    if (statement !== 'update') return [{ field, problem: 'each apply undoes its autoscaler', fix: fixes[statement] }]
    return [{ field, problem: 'was written beside its autoscaler', fix: 'leave it out', unless: 'intention' }]
  }
})
