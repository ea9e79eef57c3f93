import { unknown } from '../../src/inventory/fact.ts'
import { fastFailover } from '../../src/policies/fast-failover.ts'
import { checkPolicy, deploymentWith, type Given, workloadWith } from '../support/policy-cases.ts'
import { type JsonMap, web } from '../support/workloads.ts'

const notReady = 'node.kubernetes.io/not-ready'
const unreachable = 'node.kubernetes.io/unreachable'

const tolerating = (key: string, tolerationSeconds: number): JsonMap => {
  return { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }
}
const both = (seconds: number): JsonMap[] => [tolerating(notReady, seconds), tolerating(unreachable, seconds)]
const pod = (tolerations?: readonly JsonMap[]): JsonMap => {
  return { containers: [web], ...(tolerations !== undefined && { tolerations }) }
}
const deployment = (tolerations?: readonly JsonMap[]): JsonMap => deploymentWith(pod(tolerations))
const critical = (object: JsonMap, more: Partial<Given> = {}): Given => ({ object, profile: 'critical', ...more })

const mounting = (claimName: string): JsonMap => {
  return deploymentWith({ ...pod(), volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] })
}
const claim = (...accessModes: readonly string[]): JsonMap => {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: { accessModes } }
}

const said = (after: number, within = 60): string =>
  `[fast-failover] spec.template.spec.tolerations: pods of a lost node are replaced after about ${after} s; tolerate not-ready and unreachable for ${within} s`

checkPolicy(fastFailover, {
  accepts: {
    'both taints of a lost node for half a minute': critical(deployment(both(30))),
    'both for a minute': critical(deployment(both(60))),
    'both for as long as is configured': critical(deployment(both(120)), { parameters: { seconds: 120 } }),
    'every taint that evicts, for a minute': critical(
      deployment([{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }])
    ),
    'every taint, for a minute': critical(deployment([{ operator: 'Exists', tolerationSeconds: 60 }])),
    'everything without an end, which another policy judges': critical(deployment([{ operator: 'Exists' }])),
    'one of both without an end, which may be meant': critical(
      deployment([{ key: unreachable, operator: 'Exists', effect: 'NoExecute' }])
    ),
    'a value that no such taint has: the API server adds no toleration, so the pods leave at once': critical(
      deployment([
        { key: notReady, operator: 'Equal', value: 'true', effect: 'NoExecute' },
        { key: unreachable, operator: 'Equal', value: 'true', effect: 'NoExecute' }
      ])
    ),
    'no replicas': critical(deploymentWith(pod(), { replicas: 0 })),
    'a volume that stays attached to the lost node': critical(mounting('data'), { around: [claim('ReadWriteOnce')] }),
    'a volume for one pod': critical(mounting('data'), { around: [claim('ReadWriteOncePod')] }),
    'a claim that is not there yet': critical(mounting('data')),
    'a claim, while claims are unknown': critical(mounting('data'), { facts: { claims: unknown('unread') } }),
    'a StatefulSet: its pod is not replaced before the old one is known to be gone': critical(
      workloadWith('StatefulSet', pod())
    ),
    'a DaemonSet': critical(workloadWith('DaemonSet', pod())),
    'nothing written, in standard': { object: deployment() }
  },
  rejects: {
    'nothing written': { ...critical(deployment()), says: [said(350)] },
    'the default, written out': { ...critical(deployment(both(300))), says: [said(350)] },
    'ten minutes': { ...critical(deployment(both(600))), says: [said(650)] },
    'one of both taints': { ...critical(deployment([tolerating(notReady, 30)])), says: [said(350)] },
    'another taint alone': {
      ...critical(deployment([{ key: 'dedicated', operator: 'Exists' }])),
      says: [said(350)]
    },
    'the other effect of the same taints': {
      ...critical(deployment([{ key: notReady, operator: 'Exists', effect: 'NoSchedule' }])),
      says: [said(350)]
    },
    'the longer of two: the first one counts': {
      ...critical(deployment([{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 200 }, ...both(30)])),
      says: [said(250)]
    },
    'one more second than is configured': {
      ...critical(deployment(both(46)), { parameters: { seconds: 45 } }),
      says: [said(96, 45)]
    },
    'a volume that many nodes may use': {
      ...critical(mounting('data'), { around: [claim('ReadWriteMany')] }),
      says: [said(350)]
    },
    'a single replica, which is down for as long': {
      ...critical(deploymentWith(pod(), { replicas: 1 })),
      says: [said(350)]
    }
  },
  remedies: {
    'both tolerations, where that is switched on': {
      ...critical(deployment(), { parameters: { inject: 'on' } }),
      adds: [{ at: 'tolerations', value: both(60) }]
    },
    'for as long as is configured': {
      ...critical(deployment(), { parameters: { inject: 'on', seconds: 30 } }),
      adds: [{ at: 'tolerations', value: both(30) }]
    },
    'none by default': { ...critical(deployment()), adds: [], leaves: [said(350)] },
    'none beside what a person tolerates': {
      ...critical(deployment([{ key: 'dedicated', operator: 'Exists' }]), { parameters: { inject: 'on' } }),
      adds: [],
      leaves: [said(350)]
    },
    'none in an empty list, which somebody wrote': {
      ...critical(deployment([]), { parameters: { inject: 'on' } }),
      adds: [],
      leaves: [said(350)]
    }
  }
})
