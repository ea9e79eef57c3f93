import { unknown } from '../../src/inventory/fact.ts'
import { podsAdmitted } from '../../src/policies/pods-admitted.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const both: JsonMap = { cpu: '100m', memory: '128Mi' }
const container = (resources: JsonMap, name = 'web'): JsonMap => ({ name, resources })
const bare: JsonMap = { name: 'web' }
const sound = container({ requests: both, limits: both })
const pod = (resources: JsonMap, more: JsonMap = {}): JsonMap =>
  deploymentWith({ containers: [container(resources)], ...more })

const priorityClass: JsonMap = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' } }
const quota = (hard: JsonMap, spec: JsonMap = {}, name = 'compute'): JsonMap => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name },
  spec: { hard, ...spec }
})
const limitRange = (limit: JsonMap, name = 'bounds'): JsonMap => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name },
  spec: { limits: [{ type: 'Container', ...limit }] }
})
const vertical = (updateMode: string): JsonMap => ({
  apiVersion: 'autoscaling.k8s.io/v1',
  kind: 'VerticalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, updatePolicy: { updateMode } }
})
const cpuQuota = quota({ 'requests.cpu': '10' })
const notBestEffort = quota({ 'requests.cpu': '10' }, { scopes: ['NotBestEffort'] })
const ofClass = (...values: readonly string[]): JsonMap => {
  const matchExpressions = [{ scopeName: 'PriorityClass', operator: 'In', values }]
  return quota({ 'requests.cpu': '10' }, { scopeSelector: { matchExpressions } })
}
const unseen = unknown('not watched')
const classed = (priorityClassName: string): JsonMap => deploymentWith({ containers: [bare], priorityClassName })

const said = (at: string, meaning: string): string => `[pods-admitted] spec.template.spec.${at}: ${meaning}`
const noClass = said(
  'priorityClassName',
  'PriorityClass high does not exist, so no pod is created (unless it is created later); create it, or name another'
)
const unstated = (what: string, name = 'compute', at = 'containers[name=web]'): string =>
  said(
    `${at}.resources`,
    `ResourceQuota ${name} refuses its pods without ${what}; state ${what.includes(',') ? 'them' : 'it'}`
  )
const refused = (at: string, problem: string, fix: string): string =>
  said(`containers[name=web].resources.${at}`, `${problem}, so LimitRange bounds refuses its pods; ${fix}`)

checkPolicy(podsAdmitted, {
  accepts: {
    'no class, which may be the default one': { object: deploymentWith({ containers: [bare] }) },
    'an empty class, which is none': { object: classed('') },
    'a class that exists': { object: classed('high'), around: [priorityClass] },
    'a class of the system': { object: classed('system-cluster-critical') },
    'a class, where the classes are unknown': { object: classed('high'), facts: { priorityClasses: unseen } },
    'what a quota asks for': { object: pod({ requests: both }), around: [cpuQuota] },
    'a limit, which pods also request': { object: pod({ limits: both }), around: [cpuQuota] },
    'a quota on the number of pods': {
      object: pod({}),
      around: [quota({ pods: '100', 'count/deployments.apps': '1' })]
    },
    'a quota and a LimitRange that gives what it asks for': {
      object: deploymentWith({ containers: [bare], initContainers: [{ name: 'init' }] }),
      around: [cpuQuota, limitRange({ defaultRequest: { cpu: '10m' } })]
    },
    'a pod that states amounts as a whole': {
      object: deploymentWith({ containers: [bare], resources: { requests: { memory: '1Gi' } } }),
      around: [cpuQuota]
    },
    'a quota for pods that reserve something, and one that reserves nothing': {
      object: pod({}),
      around: [notBestEffort]
    },
    'a quota for pods that end': {
      object: pod({}),
      around: [quota({ 'limits.cpu': '1' }, { scopes: ['Terminating'] })]
    },
    'a quota for another class': { object: classed('high'), around: [priorityClass, ofClass('low')] },
    'a quota for a class that may be the default one': { object: pod({}), around: [ofClass('low')] },
    'a quota of another namespace': {
      object: pod({}),
      around: [{ ...cpuQuota, metadata: { name: 'compute', namespace: 'bank' } }]
    },
    'a quota, where the quotas are unknown': { object: pod({}), around: [cpuQuota], facts: { quotas: unseen } },
    'a quota, where the LimitRanges are unknown': {
      object: pod({}),
      around: [cpuQuota],
      facts: { limitRanges: unseen }
    },
    'a quota, where the VerticalPodAutoscalers are unknown': {
      object: pod({}),
      around: [cpuQuota],
      facts: { verticalAutoscalers: unseen }
    },
    'a quota, where a VerticalPodAutoscaler sets the requests': {
      object: pod({}),
      around: [cpuQuota, vertical('Initial')]
    },
    'amounts within a LimitRange': {
      object: pod({ requests: { memory: '1Gi' }, limits: { memory: '2Gi' } }),
      around: [limitRange({ min: { memory: '64Mi' }, max: { memory: '2048Mi' }, maxLimitRequestRatio: { memory: 2 } })]
    },
    'a maximum where no limit is written': { object: pod({}), around: [limitRange({ max: both })] },
    'a request over one of two defaults, of which the other may go first': {
      object: pod({ requests: { memory: '1Gi' } }),
      around: [limitRange({ default: { memory: '512Mi' } }), limitRange({ default: { memory: '4Gi' } }, 'other')]
    },
    'a maximum for claims': {
      object: pod({ limits: { memory: '32Gi' } }),
      around: [limitRange({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } })]
    },
    'a maximum for the pod that init containers reach alone': {
      object: deploymentWith({
        containers: [container({ limits: { memory: '1Gi' } })],
        initContainers: [container({ limits: { memory: '1Gi' } }, 'init')]
      }),
      around: [limitRange({ type: 'Pod', max: { memory: '1Gi' } })]
    },
    'an amount that cannot be read, which the API server refuses itself': {
      object: pod({ limits: { memory: 'much' } }),
      around: [limitRange({ max: { memory: '1Gi' } })]
    }
  },
  rejects: {
    'a class that does not exist': { severity: 'unknown', object: classed('high'), told: 'on-update', says: [noClass] },
    'a class of almost that name': {
      severity: 'unknown',
      object: classed('High'),
      around: [priorityClass],
      told: 'on-update',
      says: [noClass.replace('high', 'High')]
    },
    'a class that does not exist, of a CronJob': {
      severity: 'unknown',
      object: workloadWith('CronJob', { containers: [bare], priorityClassName: 'high' }),
      told: 'on-update',
      says: [noClass.replace('spec.template', 'spec.jobTemplate.spec.template')]
    },
    'a quota, and an init container that states no memory': {
      object: deploymentWith({ containers: [sound], initContainers: [container({ requests: { cpu: '1' } }, 'init')] }),
      around: [quota({ 'requests.memory': '8Gi' })],
      says: [unstated('requests.memory', 'compute', 'initContainers[name=init]')]
    },
    'a quota on everything': {
      object: pod({}),
      around: [quota({ cpu: '1', memory: '1Gi', 'limits.cpu': '1', 'limits.memory': '1Gi', pods: '9' })],
      profile: 'critical',
      says: [unstated('cpu, memory, limits.cpu, limits.memory')]
    },
    'a quota on limits, which requests do not meet': {
      object: pod({ requests: both }),
      around: [quota({ 'limits.memory': '8Gi' })],
      says: [unstated('limits.memory')]
    },
    'the first of two quotas': {
      object: pod({}),
      around: [cpuQuota, quota({ 'limits.memory': '8Gi' }, {}, 'other')],
      says: [unstated('requests.cpu')]
    },
    'a quota that a LimitRange meets half of': {
      object: pod({}),
      around: [quota({ 'requests.cpu': '1', 'requests.memory': '1Gi' }), limitRange({ default: { cpu: '1' } })],
      says: [unstated('requests.memory')]
    },
    'a quota, where a VerticalPodAutoscaler only recommends': {
      object: pod({}),
      around: [cpuQuota, vertical('Off')],
      says: [unstated('requests.cpu')]
    },
    'a quota for pods that reserve something, and a container that does': {
      object: pod({ requests: { memory: '1Gi' } }),
      around: [notBestEffort],
      says: [unstated('requests.cpu')]
    },
    'a quota for its class': {
      object: classed('high'),
      around: [priorityClass, ofClass('low', 'high')],
      says: [unstated('requests.cpu')]
    },
    'a quota for pods that do not end': {
      object: pod({}),
      around: [quota({ 'requests.cpu': '10' }, { scopes: ['NotTerminating'] })],
      says: [unstated('requests.cpu')]
    },
    'a limit over the maximum': {
      object: pod({ limits: { memory: '32Gi' } }),
      around: [limitRange({ max: { memory: '16Gi' } })],
      says: [refused('limits', 'the memory limit is over 16Gi', 'lower it')]
    },
    'a request under the minimum': {
      object: pod({ requests: { cpu: '10m' }, limits: { cpu: '1' } }),
      around: [limitRange({ min: { cpu: '50m' } })],
      says: [refused('requests', 'the cpu request is under 50m', 'raise it')]
    },
    'a limit too far from its request': {
      object: pod({ requests: { cpu: '100m' }, limits: { cpu: '1' } }),
      around: [limitRange({ maxLimitRequestRatio: { cpu: '4' } })],
      says: [refused('limits', 'the cpu limit is more than 4 times the request', 'raise the request')]
    },
    'a ratio without a limit': {
      object: pod({ requests: { cpu: '100m' } }),
      around: [limitRange({ maxLimitRequestRatio: { cpu: '4' } })],
      says: [refused('limits', 'there is no cpu limit', 'set one')]
    },
    'a request over the default limit': {
      object: pod({ requests: { memory: '2Gi' } }),
      around: [limitRange({ default: { memory: '1Gi' } })],
      says: [
        said(
          'containers[name=web].resources.limits',
          'LimitRange bounds sets a memory limit of 1Gi, less than the request, so no pod is created; set a limit'
        )
      ]
    },
    'containers over the maximum for a pod together': {
      object: deploymentWith({
        containers: [container({ limits: { memory: '1Gi' } }), container({ limits: { memory: '1Gi' } }, 'log')]
      }),
      around: [limitRange({ type: 'Pod', max: { memory: '1536Mi' } })],
      says: [
        said(
          'containers',
          'the memory limits add up to more than 1536Mi, so LimitRange bounds refuses its pods; lower them'
        )
      ]
    },
    'a maximum for the pod, and no limit': {
      object: pod({ requests: { memory: '1Gi' } }),
      around: [limitRange({ type: 'Pod', max: { memory: '2Gi' } })],
      says: [said('containers', 'no container has a memory limit, so LimitRange bounds refuses its pods; set one')]
    },
    'one thing of a container at a time': {
      object: pod({ limits: { memory: '32Gi' } }),
      around: [cpuQuota, limitRange({ max: { memory: '16Gi' } })],
      says: [unstated('requests.cpu')]
    },
    'names and amounts of any length': {
      object: pod({ limits: { memory: '32Gi' } }),
      around: [limitRange({ max: { memory: `1${'0'.repeat(9)}.${'0'.repeat(90)}` } }, 'x'.repeat(63))],
      says: [
        said(
          'containers[name=web].resources.limits',
          'the memory limit is over 1000000000.0…00000000000, so LimitRange xxxxxxxxxxxx…xxxxxxxxxxx refuses its pods; lower it'
        )
      ]
    }
  }
})
