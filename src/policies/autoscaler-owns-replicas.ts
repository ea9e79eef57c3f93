import { definePolicy } from '../engine/policy.ts'
import { certain, uncertain, type Violation } from '../engine/violation.ts'
import type { Statement } from '../kube/provenance.ts'

const field = 'spec.replicas'
/** An update may list this value although the API server filled it in. */
const defaultReplicas = 1

/** Removing the field at once would set the default, so each way of applying needs another step first. */
const fixes: Readonly<Record<Exclude<Statement, 'update'>, string>> = {
  file: 'leave it out',
  'client-side apply': 'remove it, from the last-applied annotation first',
  'server-side apply': 'hand it over to the autoscaler, then remove it'
}

export const autoscalerOwnsReplicas = definePolicy({
  id: 'autoscaler-owns-replicas',
  title: 'A workload with an autoscaler leaves its replica count to the autoscaler',
  since: 'v1',
  appliesTo: ['Deployment', 'StatefulSet'],
  needs: ['autoscalers'],
  profiles: { baseline: 'advised', standard: 'advised', critical: 'advised' },
  check({ subject, facts: { autoscalers } }): readonly Violation[] {
    // At zero replicas the autoscaler pauses: the workload is switched off.
    if (subject.replicas === 0 || (autoscalers.known && autoscalers.value.length === 0)) return []
    const statement = subject.provenance.statement(['spec', 'replicas'])
    if (statement === undefined || (statement === 'update' && subject.replicas === defaultReplicas)) return []
    if (!autoscalers.known) {
      return [uncertain('autoscalers', { field, problem: 'an autoscaler may own it', fix: 'leave it out' }, 'never')]
    }
    if (statement !== 'update') {
      return [certain({ field, problem: 'each apply resets what the autoscaler set', fix: fixes[statement] })]
    }
    return [uncertain('intent', { field, problem: 'is set although an autoscaler owns it', fix: 'leave it out' })]
  }
})
