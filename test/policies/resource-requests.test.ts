import { unknown } from '../../src/inventory/fact.ts'
import { resourceRequests } from '../../src/policies/resource-requests.ts'
import { checkPolicy, deploymentWith, workloadWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const container = (resources: JsonMap | undefined, name = 'web'): JsonMap => ({ name, resources })
const both: JsonMap = { cpu: '100m', memory: '128Mi' }
const sound = container({ requests: both })
const bare: JsonMap = { name: 'web' }
const sidecar: JsonMap = { name: 'proxy', restartPolicy: 'Always' }
const limitRange = (limit: JsonMap): JsonMap => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'usual' },
  spec: { limits: [{ type: 'Container', ...limit }] }
})
const vertical = (spec: JsonMap = {}): JsonMap => ({
  apiVersion: 'autoscaling.k8s.io/v1',
  kind: 'VerticalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, ...spec }
})
const mode = (updateMode: string): JsonMap => ({ updatePolicy: { updateMode } })
const unseen = unknown('not watched')

const said = (meaning: string, at = 'containers[name=web]', template = 'spec.template.spec'): string =>
  `[resource-requests] ${template}.${at}.resources.requests: ${meaning}`
const neither = 'requests no cpu and no memory; request both'
const noMemory = 'requests no memory; request it'
const unlimited =
  '[resource-requests] spec.template.spec.containers[name=web].resources.limits: has no memory limit (unless intended); set one'
const limited = { parameters: { memoryLimit: 'advised' } }

checkPolicy(resourceRequests, {
  accepts: {
    'both requests': { object: deploymentWith({ containers: [sound] }) },
    'limits alone, which pods also request': { object: deploymentWith({ containers: [container({ limits: both })] }) },
    'one as a request, one as a limit': {
      object: deploymentWith({ containers: [container({ requests: { cpu: 1 }, limits: { memory: '1Gi' } })] })
    },
    'no CPU limit': {
      object: deploymentWith({ containers: [container({ requests: both, limits: { memory: '1Gi' } })] })
    },
    'a request of nothing, which somebody wrote': {
      object: deploymentWith({ containers: [container({ requests: { cpu: '0', memory: '0' } })] })
    },
    'a pod that requests both as a whole': {
      object: deploymentWith({ containers: [bare], initContainers: [sidecar], resources: { requests: both } })
    },
    'an init container without': {
      object: deploymentWith({ containers: [sound], initContainers: [{ name: 'init' }] })
    },
    'what a LimitRange gives each container': {
      object: deploymentWith({ containers: [bare] }),
      around: [limitRange({ defaultRequest: { cpu: '100m' }, default: { memory: '256Mi' } })]
    },
    'a maximum, which is the default as well': {
      object: deploymentWith({ containers: [bare] }),
      around: [limitRange({ max: both })]
    },
    'what a VerticalPodAutoscaler sets': { object: deploymentWith({ containers: [bare] }), around: [vertical()] },
    'what one sets when pods are created': {
      object: deploymentWith({ containers: [bare] }),
      around: [vertical(mode('Initial'))]
    },
    'a LimitRange that is known, where the VerticalPodAutoscalers are not': {
      object: deploymentWith({ containers: [bare] }),
      around: [limitRange({ default: both })],
      facts: { verticalAutoscalers: unseen }
    },
    'both requests, where nothing is known': {
      object: deploymentWith({ containers: [sound] }),
      facts: { limitRanges: unseen, verticalAutoscalers: unseen }
    },
    'no memory limit, unless that is asked for': { object: deploymentWith({ containers: [sound] }) },
    'a memory limit of the pod as a whole': {
      object: deploymentWith({ containers: [bare], resources: { limits: both } }),
      ...limited
    },
    'a memory limit that a LimitRange gives': {
      object: deploymentWith({ containers: [sound] }),
      around: [limitRange({ default: { memory: '1Gi' } })],
      ...limited
    }
  },
  rejects: {
    'no resources': { object: deploymentWith({ containers: [bare] }), says: [said(neither)] },
    'no resources, in critical': {
      object: deploymentWith({ containers: [bare] }),
      profile: 'critical',
      says: [said(neither)]
    },
    'CPU alone': {
      object: deploymentWith({ containers: [container({ requests: { cpu: '1' }, limits: { cpu: '2' } })] }),
      says: [said(noMemory)]
    },
    'requests of something else': {
      object: deploymentWith({ containers: [container({ requests: { 'ephemeral-storage': '1Gi' } })] }),
      says: [said(neither)]
    },
    'claims of devices alone': {
      object: deploymentWith({ containers: [container({ claims: [{ name: 'gpu' }] })] }),
      says: [said(neither)]
    },
    'a native sidecar without': {
      object: deploymentWith({ containers: [sound], initContainers: [sidecar] }),
      says: [said(neither, 'initContainers[name=proxy]')]
    },
    'one container of two': {
      object: deploymentWith({ containers: [sound, container({ requests: { memory: '1Gi' } }, 'log')] }),
      says: [said('requests no cpu; request it', 'containers[name=log]')]
    },
    'a pod that requests only memory as a whole': {
      object: deploymentWith({ containers: [bare], resources: { requests: { memory: '1Gi' } } }),
      says: [said('requests no cpu; request it')]
    },
    'a LimitRange for CPU alone': {
      object: deploymentWith({ containers: [bare] }),
      around: [limitRange({ defaultRequest: { cpu: '100m' } })],
      says: [said(noMemory)]
    },
    'a LimitRange for pods, which gives nothing': {
      object: deploymentWith({ containers: [bare] }),
      around: [limitRange({ type: 'Pod', max: both })],
      says: [said(neither)]
    },
    'a VerticalPodAutoscaler that only recommends': {
      object: deploymentWith({ containers: [bare] }),
      around: [vertical(mode('Off'))],
      says: [said(neither)]
    },
    'a VerticalPodAutoscaler that leaves the container alone': {
      object: deploymentWith({ containers: [bare] }),
      around: [vertical({ resourcePolicy: { containerPolicies: [{ containerName: 'web', mode: 'Off' }] } })],
      says: [said(neither)]
    },
    'a VerticalPodAutoscaler of memory': {
      object: deploymentWith({ containers: [bare] }),
      around: [
        vertical({ resourcePolicy: { containerPolicies: [{ containerName: '*', controlledResources: ['memory'] }] } })
      ],
      says: [said('requests no cpu; request it')]
    },
    'a workload whose LimitRanges are unknown': {
      severity: 'unknown',
      object: deploymentWith({ containers: [bare] }),
      facts: { limitRanges: unseen },
      says: [said('requests no cpu and no memory (limit ranges unknown); request both')]
    },
    'a workload whose VerticalPodAutoscalers are unknown': {
      severity: 'unknown',
      object: deploymentWith({ containers: [bare] }),
      facts: { verticalAutoscalers: unseen },
      says: [said('requests no cpu and no memory (vertical autoscalers unknown); request both')]
    },
    'a DaemonSet': { object: workloadWith('DaemonSet', { containers: [bare] }), says: [said(neither)] },
    'a CronJob': {
      object: workloadWith('CronJob', { containers: [bare] }),
      says: [said(neither, 'containers[name=web]', 'spec.jobTemplate.spec.template.spec')]
    },
    'a Pod': {
      object: workloadWith('Pod', { containers: [bare] }),
      says: [said(neither, 'containers[name=web]', 'spec')]
    },
    'no memory limit, where that is asked for': {
      severity: 'unknown',
      object: deploymentWith({ containers: [container({ requests: both, limits: { cpu: '1' } })] }),
      ...limited,
      says: [unlimited]
    },
    'one line for a container that lacks everything': {
      object: deploymentWith({ containers: [bare] }),
      ...limited,
      says: [said(neither)]
    },
    'no memory limit of what a LimitRange gives only requests': {
      severity: 'unknown',
      object: deploymentWith({ containers: [bare] }),
      around: [limitRange({ defaultRequest: both })],
      ...limited,
      says: [unlimited]
    }
  }
})
