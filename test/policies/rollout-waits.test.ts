import { unknown } from '../../src/inventory/fact.ts'
import { rolloutWaits } from '../../src/policies/rollout-waits.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap } from '../support/workloads.ts'

const bare: JsonMap = { containers: [{ name: 'web' }] }
const check: JsonMap = { exec: { command: ['check'] } }
const ready: JsonMap = { containers: [{ name: 'web', readinessProbe: check }] }
const starting = (probe: JsonMap): JsonMap => ({ containers: [{ name: 'web', startupProbe: { ...check, ...probe } }] })
const slow = starting({ failureThreshold: 30 })
const rolling = (spec: JsonMap, pod = ready): JsonMap => deploymentWith(pod, spec)
const never = 2_147_483_647

const id = '[rollout-waits]'
const noHistory = `${id} spec.revisionHistoryLimit: keeps no earlier revision, so a completed rollout cannot be undone; leave it out, or set it to 2 or more`
const unreported = (seconds: number): string =>
  `${id} spec.progressDeadlineSeconds: a rollout that is stuck is never reported; set it to ${seconds}`
const tooShort = (deadline: number, needed: number): string =>
  `${id} spec.progressDeadlineSeconds: ${deadline} s is shorter than a start that its probes allow (${needed} s); set it to ${needed} or more`
const paused = `${id} spec.paused: while it is paused, no change rolls out, and none can be undone (unless intended); leave it out, or run kubectl rollout resume`
const blind = `${id} spec.minReadySeconds: a release that crashes after its start counts as available, and replaces every pod; set it to 10, or add a readiness probe`
const tooSoon = `${id} spec.minReadySeconds: a new pod counts as available once it has been ready for 0 s; set it to 10 or more`

checkPolicy(rolloutWaits, {
  accepts: {
    'nothing written': { object: rolling({}) },
    'what the API server fills in': {
      object: rolling({ revisionHistoryLimit: 10, progressDeadlineSeconds: 600, minReadySeconds: 0, paused: false })
    },
    'one earlier revision': { object: rolling({ revisionHistoryLimit: 1 }) },
    'a deadline that leaves time for a slow start and for minReadySeconds': {
      object: rolling(
        { progressDeadlineSeconds: 600, minReadySeconds: 30 },
        starting({ initialDelaySeconds: 10, periodSeconds: 5, failureThreshold: 30 })
      )
    },
    'a deadline that is exactly the slowest start': { object: rolling({ progressDeadlineSeconds: 300 }, slow) },
    'a delay of liveness: it keeps no pod from getting ready': {
      object: rolling(
        { progressDeadlineSeconds: 60 },
        { containers: [{ name: 'web', livenessProbe: { ...check, initialDelaySeconds: 90 } }] }
      )
    },
    'no readiness probe, outside of critical': { object: rolling({}, bare) },
    'no readiness probe, and a time to wait instead': {
      object: rolling({ minReadySeconds: 10 }, bare),
      profile: 'critical'
    },
    'a readiness probe of one of two containers': {
      object: rolling({}, { containers: [{ name: 'log' }, { name: 'web', readinessProbe: check }] }),
      profile: 'critical'
    },
    'a port without a readiness probe, of which readiness-probe speaks': {
      object: rolling({}, { containers: [{ name: 'web', ports: [{ containerPort: 8080 }] }] }),
      profile: 'critical'
    },
    'pods that someone deletes by hand': {
      object: workloadWith('DaemonSet', bare, { updateStrategy: { type: 'OnDelete' } }),
      profile: 'critical'
    },
    'pods that all stop first': { object: rolling({ strategy: { type: 'Recreate' } }, bare), profile: 'critical' },
    'a switched-off workload': {
      object: rolling({ replicas: 0, revisionHistoryLimit: 0, progressDeadlineSeconds: never, paused: true }, bare),
      profile: 'critical'
    },
    'a deadline that a StatefulSet does not have': {
      object: workloadWith('StatefulSet', slow, { progressDeadlineSeconds: 10 })
    },
    'no earlier revision, in baseline': { object: rolling({ revisionHistoryLimit: 0 }), profile: 'baseline' },
    'a Job': { object: workloadWith('Job', bare), profile: 'critical' }
  },
  rejects: {
    'no earlier revision': { object: rolling({ revisionHistoryLimit: 0 }), says: [noHistory] },
    'no earlier revision of a StatefulSet': {
      object: workloadWith('StatefulSet', ready, { revisionHistoryLimit: 0 }),
      says: [noHistory]
    },
    'no earlier revision of a DaemonSet': {
      object: workloadWith('DaemonSet', ready, { revisionHistoryLimit: 0 }),
      says: [noHistory]
    },
    'the number that means no deadline': {
      object: rolling({ progressDeadlineSeconds: never }),
      says: [unreported(600)]
    },
    'no deadline, of a start that takes longer than the default': {
      object: rolling({ progressDeadlineSeconds: never }, starting({ failureThreshold: 90 })),
      says: [unreported(900)]
    },
    'a deadline below a slow start': {
      object: rolling({ progressDeadlineSeconds: 200 }, slow),
      says: [tooShort(200, 300)]
    },
    'the default deadline below a start of 15 minutes': {
      object: rolling({}, starting({ failureThreshold: 90 })),
      says: [tooShort(600, 900)]
    },
    'the same as the API server fills it in': {
      object: rolling({ progressDeadlineSeconds: 600 }, starting({ periodSeconds: 10, failureThreshold: 90 })),
      says: [tooShort(600, 900)]
    },
    'a deadline below the delay of readiness and minReadySeconds': {
      object: rolling(
        { progressDeadlineSeconds: 120, minReadySeconds: 60 },
        { containers: [{ name: 'web', readinessProbe: { ...check, initialDelaySeconds: 90 } }] }
      ),
      says: [tooShort(120, 150)]
    },
    'a paused Deployment without a deadline': {
      object: rolling({ paused: true, progressDeadlineSeconds: never }),
      severity: 'unknown',
      says: [paused]
    },
    'nothing that tells a bad release, in critical': {
      object: workloadWith('DaemonSet', bare),
      profile: 'critical',
      says: [blind]
    },
    'nothing that tells a bad release, in critical, where the Services are unknown': {
      object: rolling({}, bare),
      facts: { services: unknown('no cluster cache') },
      profile: 'critical',
      severity: 'unknown',
      says: [blind.replace('every pod;', 'every pod (services unknown);')]
    },
    'pods that count as available at once, where a parameter asks for more': {
      object: rolling({}),
      parameters: { leastReadySeconds: 10 },
      says: [tooSoon]
    },
    'the same without a readiness probe, of which one thing is said': {
      object: rolling({}, bare),
      parameters: { leastReadySeconds: 10 },
      profile: 'critical',
      says: [tooSoon]
    }
  }
})
