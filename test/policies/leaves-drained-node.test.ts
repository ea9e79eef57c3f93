import { leavesDrainedNode } from '../../src/policies/leaves-drained-node.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap, web } from '../support/workloads.ts'

const tolerating = (...tolerations: readonly JsonMap[]): JsonMap => ({ containers: [web], tolerations })
const deployment = (...tolerations: readonly JsonMap[]): JsonMap => deploymentWith(tolerating(...tolerations))

const everything: JsonMap = { operator: 'Exists' }
const anyOf = (effect: string, more: JsonMap = {}): JsonMap => ({ operator: 'Exists', effect, ...more })
const keyed = (key: string, more: JsonMap = {}): JsonMap => ({ key, operator: 'Exists', ...more })
const unschedulable = 'node.kubernetes.io/unschedulable'
const unreachable = 'node.kubernetes.io/unreachable'
const notReady = 'node.kubernetes.io/not-ready'

const said = (at: string, meaning: string): string =>
  `[leaves-drained-node] spec.template.spec.tolerations[${at}]: ${meaning}`
const returns = 'lets pods return to a node that is drained'
const stays = 'keeps pods on a lost node for ever'
const nameKeys = 'name the key of each taint to tolerate'
const returnsAndStays = said('operator=Exists', `${returns} and ${stays}; ${nameKeys}`)

checkPolicy(leavesDrainedNode, {
  accepts: {
    'no toleration': { object: deploymentWith({ containers: [web] }) },
    'a dedicated pool': { object: deployment({ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }) },
    'nodes of the control plane': { object: deployment(keyed('node-role.kubernetes.io/control-plane')) },
    'any taint that only asks to stay away': { object: deployment(anyOf('PreferNoSchedule')) },
    'a lost node for five minutes, as the API server adds it to pods': {
      object: deployment(
        keyed(notReady, { effect: 'NoExecute', tolerationSeconds: 300 }),
        keyed(unreachable, { effect: 'NoExecute', tolerationSeconds: 300 })
      )
    },
    'any taint that evicts, for a minute': { object: deployment(anyOf('NoExecute', { tolerationSeconds: 60 })) },
    'a lost node without an end, after the same with one: the first counts': {
      object: deployment(anyOf('NoExecute', { tolerationSeconds: 60 }), keyed(unreachable))
    },
    'a node that is not ready yet, as a controller that starts the network does': {
      object: deployment(keyed(notReady, { effect: 'NoSchedule' }))
    },
    'another value than the empty one of the taint': {
      object: deployment({ key: unschedulable, operator: 'Equal', value: 'true', effect: 'NoSchedule' })
    },
    'a comparison of numbers, which such a taint has not': {
      object: deployment({ key: unreachable, operator: 'Gt', value: '0', effect: 'NoExecute' })
    },
    'a DaemonSet, which gets such tolerations anyway': { object: workloadWith('DaemonSet', tolerating(everything)) },
    'a Job': { object: workloadWith('Job', tolerating(everything)) }
  },
  rejects: {
    everything: { object: deployment(everything), says: [returnsAndStays] },
    'everything, of a StatefulSet': {
      object: workloadWith('StatefulSet', tolerating(everything)),
      says: [returnsAndStays]
    },
    'everything, in baseline': { object: deployment(everything), profile: 'baseline', says: [returnsAndStays] },
    'everything, in critical': { object: deployment(everything), profile: 'critical', says: [returnsAndStays] },
    'every taint that keeps new pods away': {
      object: deployment(anyOf('NoSchedule')),
      says: [said('effect=NoSchedule', `${returns}; ${nameKeys}`)]
    },
    'every taint that evicts': {
      object: deployment(anyOf('NoExecute')),
      says: [said('effect=NoExecute', `${stays}; ${nameKeys}`)]
    },
    'both, in a toleration each': {
      object: deployment(anyOf('NoExecute'), anyOf('NoSchedule')),
      says: [said('effect=NoExecute', `${stays}; ${nameKeys}`), said('effect=NoSchedule', `${returns}; ${nameKeys}`)]
    },
    'the taint of a cordoned node': {
      object: deployment(keyed(unschedulable)),
      says: [said(`key=${unschedulable}`, `${returns}; leave it out`)]
    },
    'the taint of a cordoned node by its empty value': {
      object: deployment({ key: unschedulable, effect: 'NoSchedule' }),
      says: [said(`key=${unschedulable}`, `${returns}; leave it out`)]
    },
    'a node that nobody hears of, without an end': {
      object: deployment(keyed(unreachable, { effect: 'NoExecute' })),
      severity: 'unknown',
      says: [said(`key=${unreachable}`, `${stays} (unless intended); set tolerationSeconds to 300`)]
    },
    'a node that is not ready, without an effect: seconds need one': {
      object: deployment(keyed(notReady)),
      severity: 'unknown',
      says: [
        said(`key=${notReady}`, `${stays} (unless intended); set effect to NoExecute, and tolerationSeconds to 300`)
      ]
    },
    'one that the toleration of all comes before': {
      object: deployment(everything, keyed(unreachable, { effect: 'NoExecute', tolerationSeconds: 30 })),
      says: [returnsAndStays]
    },
    'the same twice, once': { object: deployment(everything, everything), says: [returnsAndStays] }
  }
})
