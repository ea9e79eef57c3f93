import { known, unknown } from '../../src/inventory/fact.ts'
import { autoscalerOwnsReplicas } from '../../src/policies/autoscaler-owns-replicas.ts'
import { autoscalerOf } from '../support/facts.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import type { Json, JsonMap } from '../support/workloads.ts'

const pod: JsonMap = { containers: [{ name: 'web' }] }
const driven = { autoscalers: known([autoscalerOf()]) }
const unseen = { autoscalers: unknown('no cluster cache') }
const owned: JsonMap = { 'f:spec': { 'f:replicas': {} } }
const managedBy = (...managedFields: Json[]): JsonMap => ({ managedFields })
const annotation = (spec: JsonMap): JsonMap => ({
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec }) }
})
const serverSide = managedBy({ manager: 'argocd', operation: 'Apply', fieldsV1: owned })
const scaled: Json = { manager: 'kube-controller-manager', operation: 'Update', subresource: 'scale', fieldsV1: owned }
const posted = managedBy({ manager: 'helm', operation: 'Update', fieldsV1: owned })
const with3 = (metadata: JsonMap): JsonMap => deploymentWith(pod, { replicas: 3 }, metadata)

const where = '[autoscaler-owns-replicas] spec.replicas:'
const clientSideText = `${where} each apply resets what the autoscaler set; remove it, from the last-applied annotation first`
const serverSideText = `${where} each apply resets what the autoscaler set; hand it over to the autoscaler, then remove it`
const quietly: { severity: 'unknown'; told: 'never'; says: string[] } = {
  severity: 'unknown',
  told: 'never',
  says: [`${where} an autoscaler may own it (autoscalers unknown); leave it out`]
}

checkPolicy(autoscalerOwnsReplicas, {
  accepts: {
    'replicas that a manifest states, where there is no autoscaler': { object: with3(serverSide) },
    'replicas that the manifest leaves out': { object: with3(annotation({})), facts: driven },
    'replicas that an autoscaler has set': { object: with3(managedBy(scaled)), facts: driven },
    'replicas that an autoscaler has set, beside a manifest that leaves them out': {
      object: with3({ ...annotation({}), ...managedBy(scaled) }),
      facts: driven
    },
    'a manifest that switches it off': {
      object: deploymentWith(pod, { replicas: 0 }, annotation({ replicas: 0 })),
      facts: driven
    },
    'one replica in an object that was posted, which may be the default': {
      object: deploymentWith(pod, { replicas: 1 }, posted),
      facts: driven
    },
    'nothing that shows who wrote it': { object: with3({}), facts: driven },
    'one posted replica, where the autoscalers are unknown': {
      object: deploymentWith(pod, { replicas: 1 }, posted),
      facts: unseen
    },
    'replicas that the manifest leaves out, where the autoscalers are unknown': {
      object: with3(annotation({})),
      facts: unseen
    }
  },
  rejects: {
    'replicas in a manifest that is applied client-side': {
      object: with3(annotation({ replicas: 3 })),
      facts: driven,
      says: [clientSideText]
    },
    'the manifest’s replicas, though the autoscaler has set others since': {
      object: deploymentWith(pod, { replicas: 7 }, { ...annotation({ replicas: 3 }), ...managedBy(scaled) }),
      facts: driven,
      says: [clientSideText]
    },
    'replicas in a manifest that is applied server-side': {
      object: with3(serverSide),
      facts: driven,
      says: [serverSideText]
    },
    'a single replica, stated': {
      object: deploymentWith(pod, { replicas: 1 }, serverSide),
      facts: driven,
      says: [serverSideText]
    },
    'a StatefulSet': {
      object: workloadWith('StatefulSet', pod, { replicas: 3 }, serverSide),
      facts: driven,
      says: [serverSideText]
    },
    'in baseline': { object: with3(serverSide), facts: driven, profile: 'baseline', says: [serverSideText] },
    'in critical': { object: with3(serverSide), facts: driven, profile: 'critical', says: [serverSideText] },
    'replicas in an object that was posted': {
      object: with3(posted),
      facts: driven,
      severity: 'unknown',
      says: [`${where} is set although an autoscaler owns it (unless intended); leave it out`]
    },
    'replicas in a manifest, where the autoscalers are unknown': {
      object: with3(annotation({ replicas: 3 })),
      facts: unseen,
      ...quietly
    },
    'posted replicas, where the autoscalers are unknown': { object: with3(posted), facts: unseen, ...quietly }
  }
})
