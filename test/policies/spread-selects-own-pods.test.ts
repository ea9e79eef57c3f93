import { type Fact, unknown } from '../../src/inventory/fact.ts'
import type { Neighbours } from '../../src/inventory/facts/neighbours.ts'
import type { Labels } from '../../src/kube/label-selector.ts'
import { spreadSelectsOwnPods } from '../../src/policies/spread-selects-own-pods.ts'
import { neighboursOf } from '../support/facts.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const hostname = 'kubernetes.io/hostname'
const own = { matchLabels: { app: 'web' } }
const misspelt = { matchLabels: { app: 'wbe' } }
const database = { matchLabels: { app: 'db' } }
const bare: JsonMap = { containers: [{ name: 'web' }] }
const constraint = (fields: JsonMap): JsonMap => ({
  maxSkew: 1,
  topologyKey: hostname,
  whenUnsatisfiable: 'DoNotSchedule',
  ...fields
})
const spreading = (...selectors: (JsonMap | null)[]): JsonMap => ({
  ...bare,
  topologySpreadConstraints: selectors.map((labelSelector) => constraint({ labelSelector }))
})
const spread = (...selectors: (JsonMap | null)[]): JsonMap => deploymentWith(spreading(...selectors))
const apart = (...terms: JsonMap[]): JsonMap =>
  deploymentWith({
    ...bare,
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: terms.map((term) => ({ topologyKey: hostname, ...term }))
      }
    }
  })
const preferred = (term: JsonMap): JsonMap =>
  deploymentWith({
    ...bare,
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: hostname, ...term } }
        ]
      }
    }
  })
const inNamespace = (name: string): JsonMap => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } }
})
const beside = (...neighbours: Labels[]): { neighbours: Fact<Neighbours> } => ({
  neighbours: neighboursOf(...neighbours)
})
const unseen = { neighbours: unknown('no cluster cache') }

const id = '[spread-selects-own-pods]'
const fix = 'use the labels of the pod template'
const miss = (index = 0, path = 'spec.template.spec'): string =>
  `${id} ${path}.topologySpreadConstraints[${index}].labelSelector: does not select the pods it spreads; ${fix}`
const place = 'spec.template.spec.affinity.podAntiAffinity'
const term = (problem: string, index = 0): string =>
  `${id} ${place}.requiredDuringSchedulingIgnoredDuringExecution[${index}].labelSelector: ${problem}; ${fix}`
const others = 'selects pods other than its own (neighbours unknown)'
const staged = 'selects pods other than its own (unless intended)'
const missing = 'missing, so the term selects no pods'

checkPolicy(spreadSelectsOwnPods, {
  accepts: {
    'a pod without constraints': { object: deploymentWith(bare) },
    'a constraint by its own labels': { object: spread(own) },
    'a constraint by an expression': {
      object: spread({ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'api'] }] })
    },
    'a constraint by what the pod is not': {
      object: spread({ matchExpressions: [{ key: 'batch', operator: 'DoesNotExist' }] })
    },
    'an empty selector that matchLabelKeys narrows to its own': {
      object: deploymentWith({
        ...bare,
        topologySpreadConstraints: [constraint({ labelSelector: {}, matchLabelKeys: ['app'] })]
      })
    },
    'a constraint that names the revision of its pods': {
      object: spread({ matchLabels: { app: 'web', 'pod-template-hash': '7d4b9c6f5' } })
    },
    'a constraint by the number of a pod in its StatefulSet': {
      object: workloadWith(
        'StatefulSet',
        spreading({ matchExpressions: [{ key: 'apps.kubernetes.io/pod-index', operator: 'In', values: ['0', '1'] }] })
      )
    },
    'a constraint by the name of its Job': {
      object: workloadWith('Job', spreading({ matchLabels: { 'batch.kubernetes.io/job-name': 'web' } }))
    },
    'a constraint by the name of a Job, as it was written before 1.27': {
      object: workloadWith('CronJob', spreading({ matchExpressions: [{ key: 'job-name', operator: 'Exists' }] }))
    },
    'an empty selector that matchLabelKeys narrows to its own revision': {
      object: deploymentWith({
        ...bare,
        topologySpreadConstraints: [constraint({ labelSelector: {}, matchLabelKeys: ['pod-template-hash'] })]
      })
    },
    'a bare Pod: a copy made for debugging has the constraints without the labels': {
      object: workloadWith('Pod', spreading(misspelt))
    },
    'anti-affinity by the name of a pod in its StatefulSet': {
      object: workloadWith('StatefulSet', {
        ...bare,
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                topologyKey: hostname,
                labelSelector: { matchLabels: { 'statefulset.kubernetes.io/pod-name': 'web-0' } }
              }
            ]
          }
        }
      })
    },
    'anti-affinity to its own pods': { object: apart({ labelSelector: own }) },
    'anti-affinity to every pod, its own among them': { object: apart({ labelSelector: {} }) },
    'anti-affinity to its own pods and to another workload': {
      object: apart({ labelSelector: own }, { labelSelector: database }),
      facts: unseen
    },
    'anti-affinity to another workload that is there': {
      object: apart({ labelSelector: database }),
      facts: beside({ app: 'cache' }, { app: 'db', tier: 'data' })
    },
    'anti-affinity to pods of another namespace': { object: apart({ labelSelector: database, namespaces: ['bank'] }) },
    'anti-affinity to pods of namespaces by label': {
      object: apart({ labelSelector: database, namespaceSelector: { matchLabels: { team: 'bank' } } })
    },
    'anti-affinity to pods of another namespace by the label that each has': {
      object: apart({ labelSelector: database, ...inNamespace('bank') })
    },
    'anti-affinity to other pods too, in its own namespace by the label that each has': {
      object: apart({ labelSelector: own, ...inNamespace('shop') }, { labelSelector: database })
    },
    'anti-affinity that leaves its own tenant out': {
      object: apart({ labelSelector: database, mismatchLabelKeys: ['tenant'] })
    },
    'a constraint that counts others, beside one that counts its own': { object: spread(own, database) }
  },
  rejects: {
    'a constraint whose selector is misspelt': { object: spread(misspelt), says: [miss()] },
    'a constraint that matches only some of its labels': {
      object: spread({ matchLabels: { app: 'web', tier: 'front' } }),
      says: [miss()]
    },
    'a constraint without a selector': { object: spread(null), says: [miss()] },
    'a constraint with an empty selector': { object: spread({}), says: [miss()] },
    'a second constraint that selects nothing': { object: spread(own, {}), says: [miss(1)] },
    'two constraints, of which neither selects its own': {
      object: spread(misspelt, misspelt),
      says: [miss(0), miss(1)]
    },
    'a constraint, whatever is unknown: it is seen whole': { object: spread(misspelt), facts: unseen, says: [miss()] },
    'a term without a selector': { object: apart({}), says: [term(missing)] },
    'a term without a selector beside one that is right': {
      object: apart({ labelSelector: own }, {}),
      facts: unseen,
      says: [term(missing, 1)]
    },
    'a preferred term without a selector': {
      object: preferred({}),
      says: [
        `${id} ${place}.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: ${missing}; ${fix}`
      ]
    },
    'a term that selects other pods, where nobody knows who is there': {
      object: apart({ labelSelector: misspelt }),
      facts: unseen,
      severity: 'unknown',
      says: [term(others)]
    },
    'a term that selects other pods, of which none is there: one may come': {
      object: apart({ labelSelector: misspelt }),
      facts: beside({ app: 'cache' }),
      severity: 'unknown',
      says: [term(staged)]
    },
    'a term in its own namespace, by the label that each has': {
      object: apart({ labelSelector: misspelt, ...inNamespace('shop') }),
      severity: 'unknown',
      says: [term(staged)]
    },
    'a term in every namespace': {
      object: apart({ labelSelector: misspelt, namespaceSelector: {} }),
      severity: 'unknown',
      says: [term(staged)]
    },
    'a constraint that keeps out what controllers add': {
      object: spread({ matchLabels: { app: 'wbe', 'pod-template-hash': '7d4b9c6f5' } }),
      says: [miss()]
    },
    'a term in its own namespace, by name': {
      object: apart({ labelSelector: misspelt, namespaces: ['shop'] }),
      facts: unseen,
      severity: 'unknown',
      says: [term(others)]
    },
    'a StatefulSet': { object: workloadWith('StatefulSet', spreading(misspelt)), says: [miss()] },
    'a DaemonSet': { object: workloadWith('DaemonSet', spreading(misspelt)), says: [miss()] },
    'a ReplicaSet that stands alone': { object: workloadWith('ReplicaSet', spreading(misspelt)), says: [miss()] },
    'a Job': { object: workloadWith('Job', spreading(misspelt)), says: [miss()] },
    'a CronJob, by the path to its pods': {
      object: workloadWith('CronJob', spreading(misspelt)),
      says: [miss(0, 'spec.jobTemplate.spec.template.spec')]
    },
    'a constraint in baseline': { object: spread(misspelt), profile: 'baseline', says: [miss()] },
    'a constraint in critical': { object: spread(misspelt), profile: 'critical', says: [miss()] }
  }
})
