import { known, unknown } from '../../src/inventory/fact.ts'
import { disruptionBudget } from '../../src/policies/disruption-budget.ts'
import { autoscalerOf, nothingKnown } from '../support/facts.ts'
import { budgetWith, checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'

const pod = { containers: [{ name: 'web' }] }
const three = deploymentWith(pod)
const one = workloadWith('Deployment', pod, { replicas: 1 })
const none = workloadWith('Deployment', pod, { replicas: 0 })
const driven = (minReplicas: number, maxReplicas = 10) => ({
  autoscaler: known(autoscalerOf({ minReplicas, maxReplicas }))
})
const unseen = (fact: 'budgets' | 'companion' | 'autoscaler') => ({ [fact]: unknown('no cluster cache') })

const companion = budgetWith(
  { maxUnavailable: 1 },
  {
    labels: { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true }]
  }
)
const says = [
  '[disruption-budget] spec.selector: no budget selects its pods; add a PodDisruptionBudget with maxUnavailable: 1'
]
const doubtful = (fact: string) => says.map((text) => text.replace(';', ` (${fact} unknown);`))

const twelve = deploymentWith(pod, { replicas: 12 })
const loose = (shown: string, where = 'in the budget') =>
  `[disruption-budget] spec.selector: budget web lets ${shown} be evicted at once; use maxUnavailable: 1 ${where}`
const looseBound = (bound: string, shown: string) =>
  `[disruption-budget] spec.${bound}: lets ${shown} of Deployment web be evicted at once; use maxUnavailable: 1${bound === 'minAvailable' ? ' instead' : ''}`
const half = { atOncePercent: 50 }

checkPolicy(disruptionBudget, {
  accepts: {
    'twelve replicas of which eleven may go': { object: twelve, around: [budgetWith({ maxUnavailable: 11 })] },
    'three of which one must stay': { object: three, around: [budgetWith({ minAvailable: 1 })] },
    'three of which two must stay by rounding up': { object: three, around: [budgetWith({ minAvailable: '34%' })] },
    'a number below what an autoscaler may start': {
      object: three,
      around: [budgetWith({ maxUnavailable: 5 })],
      facts: driven(3, 10)
    },
    'one replica, all of which may go': { object: one, around: [budgetWith({ maxUnavailable: '100%' })] },
    'under two budgets that let all go: no pod can be evicted, and another says so': {
      object: three,
      around: [budgetWith({ minAvailable: 0 }), budgetWith({ minAvailable: 0 }, { name: 'all' })]
    },
    'two replicas of which one may go, which is half of them': {
      object: workloadWith('Deployment', pod, { replicas: 2 }),
      around: [budgetWith({ maxUnavailable: 1 })],
      parameters: half
    },
    'a budget that keeps some': { object: budgetWith({ maxUnavailable: 2 }), around: [three] },
    'a budget that lets all go, before its workload': { object: budgetWith({ maxUnavailable: '100%' }) },
    'a budget that lets the only replica go': { object: budgetWith({ minAvailable: 0 }), around: [one] },
    'a budget that lets one replica go that an autoscaler may add to': {
      object: budgetWith({ maxUnavailable: 1 }),
      facts: { workloads: unknown('no cluster cache') }
    },
    'a budget for agents, which have no replicas': {
      object: budgetWith({ minAvailable: 0 }),
      around: [workloadWith('DaemonSet', pod)]
    },
    'a budget for what is switched off': { object: budgetWith({ minAvailable: 0 }), around: [none] },
    'three replicas under a budget': { object: three, around: [budgetWith({ maxUnavailable: 1 })] },
    'under one that takes in more': { object: three, around: [budgetWith({ selector: {}, maxUnavailable: 1 })] },
    'under one that is no good: others say so': { object: three, around: [budgetWith({ maxUnavailable: 0 })] },
    'under two: another says so': {
      object: three,
      around: [budgetWith({ maxUnavailable: 1 }), budgetWith({ selector: {} }, { name: 'all' })]
    },
    'under a companion': { object: three, around: [companion] },
    'a workload that a companion is kept for': { object: three, facts: { companion: known(true) } },
    'one that a companion is kept for, with budgets unknown': {
      object: three,
      facts: { companion: known(true), ...unseen('budgets') }
    },
    'a budget, with all else unknown': {
      object: three,
      facts: { ...nothingKnown, budgets: known([{ name: 'web', spec: { maxUnavailable: 1 }, companion: false }]) }
    },
    'one replica, which no budget helps': { object: one },
    'replicas left out, which is one': { object: workloadWith('Deployment', pod) },
    'one that is switched off': { object: none },
    'one that is switched off, with nothing known': { object: none, facts: nothingKnown },
    'one that is switched off beside an autoscaler': { object: none, facts: driven(2) },
    'one replica that an autoscaler keeps at one': { object: one, facts: driven(1, 1) },
    'one replica that an autoscaler may only switch off': { object: one, facts: driven(0, 1) },
    'one that is switched off beside an autoscaler that may go down to none': { object: none, facts: driven(0) },
    'three replicas in baseline, where the policy is off': { object: three, profile: 'baseline' },
    'a DaemonSet, which drains leave alone': { object: workloadWith('DaemonSet', pod) },
    'a Job': { object: workloadWith('Job', pod) }
  },
  rejects: {
    'all may go by a percentage': {
      object: twelve,
      around: [budgetWith({ maxUnavailable: '100%' })],
      says: [loose('all 12 pods')]
    },
    'all may go by a number': {
      object: twelve,
      around: [budgetWith({ maxUnavailable: 12 })],
      says: [loose('all 12 pods')]
    },
    'none must stay': {
      object: three,
      around: [budgetWith({ minAvailable: 0 })],
      says: [loose('all 3 pods', 'there instead')]
    },
    'none must stay, though a companion is wanted': {
      object: three,
      around: [budgetWith({ minAvailable: '0%' })],
      facts: { companion: known(true) },
      says: [loose('all 3 pods', 'there instead')]
    },
    'as many as an autoscaler may start': {
      object: three,
      around: [budgetWith({ maxUnavailable: 10 })],
      facts: driven(3, 10),
      says: [loose('all 10 pods')]
    },
    'a number, where an autoscaler may start more': {
      object: three,
      around: [budgetWith({ maxUnavailable: 3 })],
      facts: unseen('autoscaler'),
      severity: 'unknown',
      says: [loose('all 3 pods').replace(';', ' (autoscaler unknown);')]
    },
    'all, whatever an autoscaler may start': {
      object: three,
      around: [budgetWith({ maxUnavailable: '100%' })],
      facts: unseen('autoscaler'),
      says: [loose('all 3 pods')]
    },
    'half of them, where that is too many': {
      object: twelve,
      around: [budgetWith({ maxUnavailable: '50%' })],
      parameters: half,
      says: [loose('6 of 12 pods')]
    },
    'a budget that lets all go': {
      object: budgetWith({ maxUnavailable: '100%' }),
      around: [twelve],
      says: [looseBound('maxUnavailable', 'all 12 pods')]
    },
    'a budget that keeps none': {
      object: budgetWith({ minAvailable: 0 }),
      around: [three],
      says: [looseBound('minAvailable', 'all 3 pods')]
    },
    'a budget that keeps none of one of two workloads': {
      object: budgetWith({ maxUnavailable: 3 }),
      around: [workloadWith('StatefulSet', pod, { replicas: 5 }), three],
      says: [looseBound('maxUnavailable', 'all 3 pods')]
    },
    'a budget that may let all go': {
      object: budgetWith({ maxUnavailable: 3 }),
      facts: { workloads: unknown('no cluster cache') },
      severity: 'unknown',
      told: 'never',
      says: [
        '[disruption-budget] spec.maxUnavailable: may let all pods be evicted at once (workloads unknown); use maxUnavailable: 1'
      ]
    },
    'three replicas without a budget': { object: three, says },
    'two replicas': { object: workloadWith('Deployment', pod, { replicas: 2 }), says },
    'a StatefulSet': { object: workloadWith('StatefulSet', pod, { replicas: 3 }), says },
    'three replicas in critical': { object: three, profile: 'critical', says },
    'one replica that an autoscaler keeps at two': { object: one, facts: driven(2), says },
    'one replica that an autoscaler may add to': { object: one, facts: driven(1), says },
    'replicas left out, to an autoscaler that may go down to none': {
      object: workloadWith('Deployment', pod),
      facts: driven(0),
      says
    },
    'three replicas, with an autoscaler that may go down to one': { object: three, facts: driven(1), says },
    'three replicas, with an autoscaler that may switch it off': { object: three, facts: driven(0), says },
    'three replicas, with an autoscaler that goes no higher than one': { object: three, facts: driven(1, 1), says },
    'three replicas, whatever drives them': { object: three, facts: unseen('autoscaler'), says },
    'a budget that asks for one label more': {
      object: three,
      around: [budgetWith({ selector: { matchLabels: { app: 'web', tier: 'front' } }, maxUnavailable: 1 })],
      says
    },
    'a budget without a selector, which selects nothing': {
      object: three,
      around: [budgetWith({ selector: null, maxUnavailable: 1 })],
      says
    },
    'no budget, where a companion may be kept': {
      object: three,
      facts: unseen('companion'),
      severity: 'unknown',
      says: doubtful('companion')
    },
    'one replica without a budget, where an autoscaler may start a second': {
      object: one,
      facts: unseen('autoscaler'),
      severity: 'unknown',
      says: doubtful('autoscaler')
    },
    'budgets unknown': {
      object: three,
      facts: unseen('budgets'),
      severity: 'unknown',
      told: 'never',
      says: doubtful('budgets')
    }
  }
})
