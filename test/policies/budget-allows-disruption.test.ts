import t from 'tap'
import { unknown } from '../../src/inventory/fact.ts'
import { budgetAllowsDisruption, isWhole } from '../../src/policies/budget-allows-disruption.ts'
import type { BudgetSpec } from '../../src/kube/budget.ts'
import { liveProvenance } from '../../src/kube/provenance.ts'
import { autoscalerOf, nothingKnown } from '../support/facts.ts'
import { budgetWith as budget, checkPolicy, deploymentWith, type Given, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const pod = { containers: [{ name: 'web' }] }
const running = (replicas: number, metadata: JsonMap = {}): JsonMap => {
  return workloadWith('Deployment', pod, { replicas }, metadata)
}
const labelled = (app: string, replicas: number): JsonMap => {
  const labels = { app, tier: 'front' }
  const template = { metadata: { labels }, spec: pod }
  return workloadWith('Deployment', pod, { replicas, template, selector: { matchLabels: { app } } }, { name: app })
}
/** Its pods have the labels of `web`, and one more. */
const canary = (replicas: number): JsonMap => {
  const labels = { app: 'web', track: 'canary' }
  const template = { metadata: { labels }, spec: pod }
  return workloadWith('Deployment', pod, { replicas, template, selector: { matchLabels: labels } }, { name: 'canary' })
}
const scalerOf = (target: string, minReplicas: number, name = target): JsonMap => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target }, minReplicas, maxReplicas: 9 }
})
const scaler = (minReplicas: number, name = 'web'): JsonMap => scalerOf('web', minReplicas, name)
const keda = (spec: JsonMap = {}, pausedReplicas?: string): JsonMap => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: {
    name: 'web',
    ...(pausedReplicas !== undefined && { annotations: { 'autoscaling.keda.sh/paused-replicas': pausedReplicas } })
  },
  spec: { scaleTargetRef: { name: 'web' }, maxReplicaCount: 9, triggers: [], ...spec }
})
/** Paused at as many replicas as there are. */
const stopped = (spec: JsonMap): JsonMap => {
  return { ...keda(spec), metadata: { name: 'web', annotations: { 'autoscaling.keda.sh/paused': 'true' } } }
}
const scale = (replicas: number): JsonMap => ({ kind: 'Scale', metadata: { name: 'web' }, spec: { replicas } })
const daemon = workloadWith('DaemonSet', pod, {}, { name: 'agent' })
const emptySelector: JsonMap = { selector: {} }
const wide: JsonMap = { selector: { matchLabels: { tier: 'front' } } }
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true }
const mark = { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/companion': 'true' }

const rejected = (field: string, problem: string, fix = 'use maxUnavailable: 1') => ({
  says: [`[budget-allows-disruption] ${field}: ${problem}; ${fix}`]
})
const doubted = (field: string, problem: string, fix?: string) => ({
  ...rejected(field, problem, fix),
  severity: 'unknown' as const
})
const instead = 'use maxUnavailable: 1 instead'
const inBudget = 'use maxUnavailable: 1 in the budget'
const there = 'use maxUnavailable: 1 there instead'
const least = (bound: string) => {
  return rejected('spec.minAvailable', `minAvailable ${bound} blocks every drain`, instead)
}
const stuck = (bound: string) => {
  return rejected('spec.replicas', `budget web blocks every drain: ${bound}`, there)
}
const atFloor = `raise it, or ${there}`
const floored = (bound: string, field = 'spec.minReplicas') => {
  return rejected(field, `budget web blocks every drain: ${bound}`, atFloor)
}
const active = (bound: string) => {
  return rejected('spec.minReplicaCount', `budget web blocks every drain: ${bound}`, there)
}
const flooredPerhaps = (bound: string, hedge: string, fix = atFloor, name = 'web') => {
  return doubted('spec.minReplicaCount', `budget ${name} blocks every drain: ${bound} (${hedge})`, fix)
}
const stuckPerhaps = (bound: string, hedge: string, name = 'web', fix = there) => {
  return doubted('spec.replicas', `budget ${name} blocks every drain: ${bound} (${hedge})`, fix)
}
const unseen = { facts: nothingKnown, told: 'never' as const }

const budgets: Record<string, Given> = {
  'one pod at a time': { object: budget({ maxUnavailable: 1 }), around: [running(3)] },
  'one pod at a time of one': { object: budget({ maxUnavailable: 1 }), around: [running(1)] },
  'one pod at a time, with nothing known around it': { object: budget({ maxUnavailable: 1 }), facts: nothingKnown },
  'a percentage, which rounds up to at least one pod': {
    object: budget({ maxUnavailable: '1%' }),
    around: [running(2)]
  },
  'all pods at once': { object: budget({ maxUnavailable: '100%' }), around: [running(2)] },
  'one of two must stay': { object: budget({ minAvailable: 1 }), around: [running(2)] },
  'half of two must stay': { object: budget({ minAvailable: '50%' }), around: [running(2)] },
  'more than there are pods, before there are any': { object: budget({ minAvailable: 3 }) },
  'more than a workload that is switched off has': { object: budget({ minAvailable: 3 }), around: [running(0)] },
  'more than a workload that goes to zero may have': {
    object: budget({ minAvailable: 1 }),
    around: [running(1), scaler(0)]
  },
  'fewer than KEDA keeps while the workload is not idle': {
    object: budget({ minAvailable: 1 }),
    around: [running(2), keda({ minReplicaCount: 2, idleReplicaCount: 0 })]
  },
  'more than KEDA leaves of a workload that is switched off': {
    object: budget({ minAvailable: 1 }),
    around: [running(0), keda()]
  },
  'more than is left of what KEDA has paused at zero': {
    object: budget({ minAvailable: 1 }),
    around: [running(1), keda({ minReplicaCount: 1 }, '0')]
  },
  'fewer than KEDA has paused at': {
    object: budget({ minAvailable: 2 }),
    around: [running(2), keda({ minReplicaCount: 1 }, '3')]
  },
  'fewer than run of what KEDA has paused': {
    object: budget({ minAvailable: 2 }),
    around: [running(3), stopped({ minReplicaCount: 1 })]
  },
  'a workload that KEDA has paused above what must stay': {
    object: running(3),
    around: [budget({ minAvailable: 2 }), stopped({ minReplicaCount: 1 })]
  },
  'more than is left of what is being deleted': {
    object: budget({ minAvailable: 1 }),
    around: [running(1, { deletionTimestamp: '2026-11-20T10:00:00Z' })]
  },
  'fewer than the autoscaler keeps': { object: budget({ minAvailable: 2 }), around: [running(1), scaler(3)] },
  'fewer than two workloads have together': {
    object: budget({ ...wide, minAvailable: 2 }),
    around: [labelled('web', 1), labelled('api', 2)]
  },
  'a number beside a DaemonSet that the workload alone exceeds': {
    object: budget({ minAvailable: 2 }),
    around: [running(3), daemon]
  },
  'as many as a workload has, with pods to spare in its canary': {
    object: budget({ minAvailable: 2 }),
    around: [running(2), canary(3)]
  },
  'no pod must stay': { object: budget({ minAvailable: 0 }), facts: nothingKnown },
  'none in a hundred must stay': { object: budget({ minAvailable: '0%' }), facts: nothingKnown },
  'an integer of 100 is not 100%': { object: budget({ minAvailable: 100 }), around: [running(101)] },
  'a null bound beside one that holds': { object: budget({ minAvailable: null, maxUnavailable: 1 }) },
  'a bound that the API server refuses': { object: budget({ minAvailable: 'half' }), around: [running(1)] },
  'nothing but a DaemonSet: another policy says so': { object: budget({ maxUnavailable: 1 }), around: [daemon] }
}

const workloads: Record<string, Given> = {
  'a workload without a budget': { object: running(1) },
  'a workload of which one may go': { object: running(2), around: [budget({ minAvailable: 1 })] },
  'one replica under maxUnavailable': { object: running(1), around: [budget({ maxUnavailable: 1 })] },
  'a workload that is switched off': { object: running(0), around: [budget({ minAvailable: 1 })] },
  'a workload that is switched off, with nothing known': { object: running(0), facts: nothingKnown },
  'a workload that may go to zero': { object: running(1), around: [budget({ minAvailable: 1 }), scaler(0)] },
  'replicas left out, under an autoscaler': {
    object: workloadWith('Deployment', pod),
    around: [budget({ minAvailable: 1 }), scaler(2)]
  },
  'a workload with pods to spare elsewhere under its budget': {
    object: labelled('web', 2),
    around: [budget({ ...wide, minAvailable: 2 }), labelled('canary', 3)]
  },
  'a workload whose own selector takes in a canary with pods to spare': {
    object: running(2),
    around: [budget({ minAvailable: 2 }), canary(3)]
  },
  'a canary with pods to spare elsewhere': { object: canary(1), around: [budget({ minAvailable: 1 }), running(2)] },
  'an autoscaler with pods to spare elsewhere': {
    object: scaler(2),
    around: [running(5), budget({ minAvailable: 2 }), canary(1)]
  },
  'a workload beside a DaemonSet under a number that it exceeds': {
    object: running(3),
    around: [budget({ minAvailable: 2 }), daemon]
  },
  'an autoscaler beside a DaemonSet, which is for the budget to mend': {
    object: scaler(2),
    around: [running(5), budget({ maxUnavailable: 1 }), daemon]
  },
  'a scale with pods to spare elsewhere': {
    object: scale(1),
    around: [running(3), canary(1), budget({ minAvailable: 1 })]
  },
  'the budget of another': {
    object: running(1),
    around: [budget({ selector: { matchLabels: { app: 'api' } }, maxUnavailable: 0 })]
  },
  'a companion, which is put right by who keeps it': {
    object: running(2),
    around: [budget({ minAvailable: 2 }, { labels: mark, ownerReferences: [owner] })]
  },
  'an autoscaler that keeps more than must stay': {
    object: scaler(3),
    around: [running(5), budget({ minAvailable: 2 })]
  },
  'an autoscaler that may go to zero, with nothing known': { object: scaler(0), facts: nothingKnown },
  'an autoscaler whose workload is still to come': { object: scaler(2), around: [budget({ minAvailable: 2 })] },
  'an autoscaler of a workload that is switched off': {
    object: scaler(2),
    around: [running(0), budget({ minAvailable: 2 })]
  },
  'an autoscaler of what is being deleted': {
    object: scaler(2),
    around: [running(3, { deletionTimestamp: '2026-11-20T10:00:00Z' }), budget({ minAvailable: 2 })]
  },
  'an autoscaler under a budget that blocks at any floor, which the budget is told': {
    object: scaler(3),
    around: [running(3), budget({ minAvailable: '100%' })]
  },
  'an autoscaler beside a companion, which its keeper puts right': {
    object: scaler(2),
    around: [running(3), budget({ minAvailable: 2 }, { labels: mark, ownerReferences: [owner] })]
  },
  'an autoscaler of another workload': {
    object: scaler(1),
    around: [running(3), labelled('api', 2), budget({ minAvailable: 2, selector: { matchLabels: { app: 'api' } } })]
  },
  'a higher floor beside a rival with a low one, which has its own finding': {
    object: scaler(3),
    around: [running(3), scaler(2, 'old'), budget({ minAvailable: 2 })]
  },
  'a ScaledObject that is idle at zero and else runs enough': {
    object: keda({ minReplicaCount: 2, idleReplicaCount: 0 }),
    around: [running(2), budget({ minAvailable: 1 })]
  },
  'a ScaledObject that is paused at zero, and runs enough afterwards': {
    object: keda({ minReplicaCount: 2 }, '0'),
    around: [running(2), budget({ minAvailable: 1 })]
  },
  'a scale to more than must stay': { object: scale(3), around: [running(1), budget({ minAvailable: 2 })] },
  'a scale to zero': { object: scale(0), around: [running(3), budget({ minAvailable: 1 })] },
  'a scale to zero, with nothing known': { object: scale(0), facts: nothingKnown }
}

checkPolicy(budgetAllowsDisruption, {
  accepts: { ...budgets, ...workloads },
  rejects: {
    'no pod may go, with nothing known around it: the budget is seen whole': {
      object: budget({ maxUnavailable: 0 }),
      facts: nothingKnown,
      ...rejected('spec.maxUnavailable', 'maxUnavailable 0 blocks every drain')
    },
    'none in a hundred may go, however it is written': {
      object: budget({ maxUnavailable: '00%' }),
      ...rejected('spec.maxUnavailable', 'maxUnavailable 00% blocks every drain')
    },
    'none in a hundred may go, with more zeros than a line can hold': {
      object: budget({ maxUnavailable: `${'0'.repeat(400)}%` }),
      facts: nothingKnown,
      ...rejected('spec.maxUnavailable', 'maxUnavailable 0000…00% blocks every drain')
    },
    'all pods must stay': { object: budget({ minAvailable: '100%' }), facts: nothingKnown, ...least('100%') },
    'no bound, which the API accepts and the controller reads as none allowed': {
      object: budget({ maxUnavailable: null }),
      facts: nothingKnown,
      ...rejected('spec', 'without a bound it blocks every drain')
    },
    'all of two must stay': { object: budget({ minAvailable: 2 }), around: [running(2)], ...least('2 of 2 pods') },
    'the only one must stay: its number may be a default, and an autoscaler to come': {
      object: budget({ minAvailable: 1 }),
      around: [running(1)],
      ...doubted('spec.minAvailable', 'minAvailable 1 of 1 pod blocks every drain (unless intended)', instead)
    },
    'the one that the autoscaler may leave': {
      object: budget({ minAvailable: 1 }),
      around: [running(1), scaler(1)],
      ...least("1 of 1 pod at the autoscaler's floor")
    },
    'the one that KEDA leaves before it scales to zero': {
      object: budget({ minAvailable: '50%' }),
      around: [running(3), keda()],
      ...least("50% of 1 pod at the autoscaler's floor rounds up to 1 and")
    },
    'all that KEDA leaves before the workload is idle': {
      object: budget({ minAvailable: 2 }),
      around: [running(3), keda({ minReplicaCount: 2, idleReplicaCount: 0 })],
      ...least("2 of 2 pods at the autoscaler's floor")
    },
    'all that KEDA is paused at, which is for a while': {
      object: budget({ minAvailable: 2 }),
      around: [running(5), keda({ minReplicaCount: 3 }, '2')],
      ...doubted(
        'spec.minAvailable',
        'minAvailable 2 of 2 pods while paused blocks every drain (unless intended)',
        instead
      )
    },
    'all that run of what KEDA has paused': {
      object: budget({ minAvailable: 3 }),
      around: [running(3), stopped({ minReplicaCount: 5 })],
      ...doubted(
        'spec.minAvailable',
        'minAvailable 3 of 3 pods while paused blocks every drain (unless intended)',
        instead
      )
    },
    'a ScaledObject that pauses as many as must stay': {
      object: stopped({ minReplicaCount: 5 }),
      around: [running(3), budget({ minAvailable: 3 })],
      ...flooredPerhaps('minAvailable 3 of 3 pods while paused', 'unless intended', there)
    },
    'more than there are': { object: budget({ minAvailable: 5 }), around: [running(2)], ...least('5 of 2 pods') },
    'a percentage that rounds up to all': {
      object: budget({ minAvailable: '51%' }),
      around: [running(2)],
      ...least('51% of 2 pods rounds up to 2 and')
    },
    'a percentage of all but one of a hundred pods, in as many characters as there are': {
      object: { ...budget({ minAvailable: '00099%', selector: {} }) },
      around: [running(99), scaler(99)],
      ...doubted(
        'spec.minAvailable',
        "minAvailable 00099% of 99 pods at the autoscaler's floor rounds up to 99 and blocks every drain (unless intended)",
        instead
      )
    },
    'the same of a workload under a budget with a long name': {
      object: running(99),
      around: [
        scaler(99),
        budget({ minAvailable: '99%', ...emptySelector }, { name: 'a-budget-for-everything-in-here' })
      ],
      ...stuckPerhaps(
        "99% of 99 pods at the autoscaler's floor rounds up to 99",
        'unless intended',
        'a-budget-for…ing-in-here'
      )
    },
    'two thirds of three': {
      object: running(3),
      around: [budget({ minAvailable: '67%' })],
      ...stuck('67% of 3 pods rounds up to 3')
    },
    'all of a StatefulSet': {
      object: budget({ minAvailable: 3 }),
      around: [workloadWith('StatefulSet', pod, { replicas: 3 })],
      profile: 'baseline',
      ...least('3 of 3 pods')
    },
    'all that the autoscaler keeps, however many run now': {
      object: budget({ minAvailable: 2 }),
      around: [running(5), scaler(2)],
      profile: 'critical',
      ...least("2 of 2 pods at the autoscaler's floor")
    },
    'all of two workloads: a third may be to come': {
      object: budget({ ...wide, minAvailable: 3 }),
      around: [labelled('web', 1), labelled('api', 2)],
      ...doubted('spec.minAvailable', 'minAvailable 3 of 3 pods blocks every drain (unless intended)', instead)
    },
    'all of one workload by a selector that may be for more': {
      object: budget({ ...wide, minAvailable: 2 }),
      around: [labelled('web', 2)],
      ...doubted('spec.minAvailable', 'minAvailable 2 of 2 pods blocks every drain (unless intended)', instead)
    },
    'a DaemonSet beside a workload, which keeps both from being counted': {
      object: budget({ maxUnavailable: 1 }),
      around: [running(3), daemon],
      ...rejected(
        'spec.maxUnavailable',
        'selects pods that cannot be counted, so it blocks every drain',
        'select the pods of one workload'
      )
    },
    'a number beside a DaemonSet, whose pods nobody knows the number of': {
      object: budget({ minAvailable: 3 }),
      around: [running(3), daemon],
      told: 'never',
      ...doubted('spec.minAvailable', 'may block every drain (workloads unknown)', instead)
    },
    'a number of pods, with workloads unknown': {
      object: budget({ minAvailable: 1 }),
      ...unseen,
      ...doubted('spec.minAvailable', 'may block every drain (workloads unknown)', instead)
    },

    'a workload whose budget keeps all': {
      object: running(2),
      around: [budget({ minAvailable: 2 })],
      ...stuck('minAvailable 2 of 2 pods')
    },
    'one replica that somebody wrote under a budget that keeps one': {
      object: running(1, {
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{"replicas":1}}' }
      }),
      around: [budget({ minAvailable: 1 })],
      ...stuck('minAvailable 1 of 1 pod')
    },
    'one replica that may be a default, and an autoscaler to come': {
      object: workloadWith('StatefulSet', pod),
      around: [budget({ minAvailable: 1 })],
      ...stuckPerhaps('minAvailable 1 of 1 pod', 'unless intended')
    },
    'a workload at the floor of its autoscaler': {
      object: running(5),
      around: [budget({ minAvailable: '51%' }), scaler(2)],
      ...stuck("51% of 2 pods at the autoscaler's floor rounds up to 2")
    },
    'a workload that KEDA may leave one pod of': {
      object: running(5),
      around: [budget({ minAvailable: 1 }), keda({ minReplicaCount: 0 })],
      ...stuck("minAvailable 1 of 1 pod at the autoscaler's floor")
    },
    'a workload that KEDA is paused at one pod of': {
      object: running(5),
      around: [budget({ minAvailable: 1 }), keda({ minReplicaCount: 3 }, '1')],
      ...stuckPerhaps('minAvailable 1 of 1 pod while paused', 'unless intended')
    },
    'a workload under its own budget that blocks alone': {
      object: running(3),
      around: [budget({ maxUnavailable: 0 })],
      ...rejected('spec.replicas', 'budget web blocks every drain: maxUnavailable is 0', inBudget)
    },
    'a workload under its own budget that blocks alone, whatever an unknown autoscaler does': {
      object: running(3),
      around: [budget({ minAvailable: '100%' })],
      facts: { autoscaler: unknown('no cluster cache') },
      ...stuck('minAvailable is 100%')
    },
    'a workload under a budget for all that blocks alone, which is for its owner to mend': {
      object: running(3),
      around: [budget({ selector: {}, maxUnavailable: 0 }, { name: 'all' })],
      ...stuckPerhaps('maxUnavailable is 0', 'unless intended', 'all', inBudget)
    },
    'a workload alone under a wide budget: others may be to come': {
      object: labelled('web', 2),
      around: [budget({ ...wide, minAvailable: 2 })],
      ...stuckPerhaps('minAvailable 2 of 2 pods', 'unless intended')
    },
    'a workload beside others under a wide budget that keeps all of them': {
      object: labelled('web', 2),
      around: [budget({ ...wide, minAvailable: 5 }), labelled('api', 2)],
      ...stuckPerhaps('minAvailable 5 of 4 pods', 'unless intended')
    },
    'a workload beside one that its autoscaler may take down': {
      object: labelled('web', 1),
      around: [budget({ ...wide, minAvailable: 2 }), labelled('api', 5), scalerOf('api', 1)],
      ...stuckPerhaps("minAvailable 2 of 2 pods at the autoscaler's floor", 'unless intended')
    },
    'a workload beside a DaemonSet under a number that it does not reach': {
      object: running(2),
      around: [budget({ minAvailable: 2 }), daemon],
      told: 'never',
      ...stuckPerhaps('minAvailable 2 of 2 pods', 'neighbours unknown')
    },
    'a workload beside a DaemonSet, which keeps both from being counted': {
      object: running(3),
      around: [budget({ maxUnavailable: 1 }), daemon],
      ...rejected(
        'spec.replicas',
        'budget web selects pods that cannot be counted, so it blocks every drain',
        'let it select the pods of one workload'
      )
    },
    'a wide budget, with neighbours unknown': {
      object: labelled('web', 2),
      around: [budget({ ...wide, minAvailable: 2 })],
      facts: { neighbours: unknown('no cluster cache') },
      told: 'never',
      ...stuckPerhaps('minAvailable 2 of 2 pods', 'neighbours unknown')
    },
    'an own budget, with neighbours unknown': {
      object: running(2),
      around: [budget({ minAvailable: 2 })],
      facts: { neighbours: unknown('no cluster cache') },
      ...stuck('minAvailable 2 of 2 pods')
    },
    'a wide budget, with neighbours and autoscaler unknown': {
      object: labelled('web', 2),
      around: [budget({ ...wide, minAvailable: 2 })],
      facts: { neighbours: unknown('no cluster cache'), autoscaler: unknown('no cluster cache') },
      told: 'never',
      ...stuckPerhaps('minAvailable 2 of 2 pods', 'neighbours unknown')
    },
    'a workload that an autoscaler may keep more of': {
      object: running(1),
      around: [budget({ minAvailable: 1 })],
      facts: { autoscaler: unknown('no cluster cache') },
      ...stuckPerhaps('minAvailable 1 of 1 pod', 'autoscaler unknown')
    },
    'a workload, with budgets unknown': {
      object: deploymentWith(pod),
      ...unseen,
      ...doubted('spec.replicas', 'a budget may block every drain (budgets unknown)')
    },
    'a floor that leaves all that must stay': {
      object: scaler(2),
      around: [running(5), budget({ minAvailable: 2 })],
      profile: 'baseline',
      ...floored('minAvailable 2 of 2 pods at this floor')
    },
    'a floor of one of several workloads under a wide budget': {
      object: scaler(1),
      around: [labelled('web', 5), labelled('api', 1), budget({ ...wide, minAvailable: 2 })],
      ...doubted(
        'spec.minReplicas',
        'budget web blocks every drain: minAvailable 2 of 2 pods at this floor (unless intended)',
        atFloor
      )
    },
    'a floor over a number that may be a default': {
      object: scaler(1),
      around: [running(1), budget({ minAvailable: 1 })],
      ...floored('minAvailable 1 of 1 pod at this floor')
    },
    'a floor of a percentage that rounds up to all': {
      object: scaler(2),
      around: [running(5), budget({ minAvailable: '51%' })],
      ...floored('51% of 2 pods at this floor rounds up to 2')
    },
    'a ScaledObject that leaves one pod before it scales to zero': {
      object: keda(),
      around: [running(3), budget({ minAvailable: '50%' })],
      ...active('50% of 1 pod while active rounds up to 1')
    },
    'a ScaledObject that scales to zero by another number': {
      object: keda({ minReplicaCount: 2, idleReplicaCount: 0 }),
      around: [running(3), budget({ minAvailable: 2 })],
      ...active('minAvailable 2 of 2 pods while active')
    },
    'a ScaledObject that always keeps one pod': {
      object: keda({ minReplicaCount: 1 }),
      around: [running(3), budget({ minAvailable: 1 })],
      ...floored('minAvailable 1 of 1 pod at this floor', 'spec.minReplicaCount')
    },
    'a ScaledObject that is paused at all that must stay, which is for a while': {
      object: keda({ minReplicaCount: 3 }, '2'),
      around: [running(3), budget({ minAvailable: 2 })],
      ...flooredPerhaps('minAvailable 2 of 2 pods while paused', 'unless intended', there)
    },
    'a ScaledObject that is paused at enough, and goes below it afterwards': {
      object: keda({ minReplicaCount: 2 }, '5'),
      around: [running(5), budget({ minAvailable: 2 })],
      ...flooredPerhaps('minAvailable 2 of 2 pods at this floor', 'unless intended')
    },
    'the floor of a ScaledObject under a wide budget with a long name': {
      object: keda({ minReplicaCount: 99 }),
      around: [
        running(99),
        budget({ minAvailable: '00099%', ...emptySelector }, { name: 'a-budget-for-everything-in-here' })
      ],
      ...flooredPerhaps(
        '00099% of 99 pods at this floor rounds up to 99',
        'unless intended',
        atFloor,
        'a-budget-for…ing-in-here'
      )
    },
    'an autoscaler, with workloads unknown': {
      object: scaler(2),
      ...unseen,
      ...doubted('spec.minReplicas', 'at this floor a budget may block every drain (workloads unknown)')
    },
    'an autoscaler, with budgets unknown': {
      object: keda(),
      around: [running(2)],
      facts: { budgets: unknown('no cluster cache') },
      told: 'never',
      ...doubted('spec.minReplicaCount', 'at this floor a budget may block every drain (budgets unknown)')
    },
    'a scale to no more than must stay, which is for people to decide': {
      object: scale(1),
      around: [running(3), budget({ minAvailable: 1 })],
      ...stuckPerhaps('minAvailable 1 of 1 pod', 'unless intended')
    },
    'a scale under a wide budget, with all that it counts': {
      object: scale(1),
      around: [labelled('web', 3), labelled('api', 1), budget({ ...wide, minAvailable: 2 })],
      ...stuckPerhaps('minAvailable 2 of 2 pods', 'unless intended')
    },
    'a scale, with budgets unknown': {
      object: scale(2),
      ...unseen,
      ...doubted('spec.replicas', 'a budget may block every drain (budgets unknown)')
    }
  }
})

const selector = { matchLabels: { app: 'web' } }
const own = { minAvailable: 1, selector }
const wideBudget = { minAvailable: 1, selector: { matchLabels: { tier: 'front' } } }
const two = { kind: 'Deployment', metadata: {}, replicas: 2, selector, autoscaler: null }
const single = { ...two, replicas: 1 }
const applied = (text: string) =>
  liveProvenance({
    metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } },
    spec: { replicas: 1 }
  })

void t.test('what no object that is yet to come can change', (test) => {
  test.ok(isWhole(own, two))
  const narrow = { minAvailable: 1, selector: { matchLabels: { app: 'web', track: 'stable' } } }
  test.ok(isWhole(narrow, two), 'a budget for some of its pods at most')
  test.ok(isWhole(own, { ...single, autoscaler: autoscalerOf() }), 'an autoscaler that is there')
  test.ok(
    isWhole(own, { ...single, provenance: applied('{"spec":{"replicas":1}}') }),
    'one replica that somebody wrote'
  )
  const byApply = { operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }
  const bySsa = liveProvenance({ metadata: { managedFields: [byApply] }, spec: { replicas: 1 } })
  test.ok(isWhole(own, { ...single, provenance: bySsa }), 'by server-side apply')
  test.ok(isWhole({ maxUnavailable: 0, selector }, single), 'a budget that blocks whatever the number')
  test.end()
})

void t.test('what may change yet', (test) => {
  const part = (spec: BudgetSpec, fact: string) => test.notOk(isWhole(spec, two), fact)
  part(wideBudget, 'a wide selector: other pods may come')
  part({ ...wide, maxUnavailable: 0 }, 'and what it does is not for this workload to answer for')
  part({ minAvailable: 1, selector: {} }, 'the whole namespace')
  part({ minAvailable: 1 }, 'no selector')
  test.notOk(isWhole(own, { ...two, selector: undefined }), 'a workload that says no selector')
  test.notOk(isWhole(own, single), 'one replica, of which nothing shows that somebody wrote it')
  test.notOk(isWhole(own, { ...single, provenance: applied('{"spec":{}}') }), 'a default')
  test.notOk(isWhole(own, { ...single, provenance: applied('not JSON') }), 'evidence that cannot be read')
  test.notOk(isWhole(own, { ...two, autoscaler: autoscalerOf({ pausedAt: 2 }) }), 'a pause')
  test.end()
})
