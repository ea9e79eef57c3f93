import tap, { type Test } from 'tap'
import { bareDeployment } from '../support/cluster-objects.ts'
import { openControlPlane, openWebhook } from '../support/cluster-open.ts'
import { type NamespaceUser, userIn } from '../support/cluster-user.ts'
import { apply, untilSaid } from '../support/cluster-verdict.ts'
import { waitFor } from '../support/cluster-wait.ts'
import type { ControlPlane } from '../support/control-plane.ts'

const web = { name: 'web', image: 'registry.example/web:1' }
const both = { cpu: '100m', memory: '128Mi' }

/** What surrounds a workload in a namespace of its own, a pod that is refused there, and pods that are not. */
interface Case {
  around: readonly object[]
  refused: object
  /** What the API server answers the controller that creates the pod. */
  why: string
  /** What the workload is told, after its field. */
  says: string
  admitted: Readonly<Record<string, object>>
}

function withResources(resources: object, more: object = {}): object {
  return { containers: [{ ...web, resources }], ...more }
}

function quota(hard: object, scopes?: readonly string[]): object {
  const spec = { hard, ...(scopes !== undefined && { scopes }) }
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'compute' }, spec }
}

function limitRange(limit: object): object {
  const spec = { limits: [{ type: 'Container', ...limit }] }
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'bounds' }, spec }
}

const refuses = 'so LimitRange bounds refuses its pods'
const bare = withResources({})

/** By namespace. */
const cases: Readonly<Record<string, Case>> = {
  'no-class': {
    around: [],
    refused: { ...bare, priorityClassName: 'absent' },
    why: 'no PriorityClass with name absent was found',
    says: `PriorityClass absent does not exist, so no pod is created (unless it is created later); create it, or name another`,
    admitted: { none: bare, system: { ...bare, priorityClassName: 'system-cluster-critical' } }
  },
  'quota-on-memory': {
    around: [quota({ 'requests.memory': '8Gi' })],
    refused: withResources({ requests: both }, { initContainers: [{ ...web, name: 'init' }] }),
    why: 'must specify requests.memory for: init',
    says: `ResourceQuota compute refuses its pods without requests.memory; state it`,
    admitted: {
      requesting: withResources({ requests: both }),
      limited: withResources({ limits: both }),
      whole: withResources({}, { resources: { requests: both } })
    }
  },
  'quota-with-scope': {
    around: [quota({ 'requests.cpu': '4' }, ['NotBestEffort'])],
    refused: withResources({ requests: { memory: '128Mi' } }),
    why: 'must specify requests.cpu for: web',
    says: `ResourceQuota compute refuses its pods without requests.cpu; state it`,
    admitted: { 'best-effort': bare }
  },
  'quota-and-default': {
    around: [quota({ 'requests.cpu': '4', 'limits.memory': '8Gi' }), limitRange({ default: { cpu: '100m' } })],
    refused: withResources({ requests: both }),
    why: 'must specify limits.memory for: web',
    says: `ResourceQuota compute refuses its pods without limits.memory; state it`,
    admitted: { limited: withResources({ limits: { memory: '64Mi' } }) }
  },
  'over-maximum': {
    around: [limitRange({ max: { memory: '1Gi' } })],
    refused: withResources({ limits: { memory: '2Gi' } }),
    why: 'maximum memory usage per Container is 1Gi, but limit is 2Gi',
    says: `the memory limit is over 1Gi, ${refuses}; lower it`,
    admitted: { exact: withResources({ limits: { memory: '1024Mi' } }), bare }
  },
  'under-minimum': {
    around: [limitRange({ min: { cpu: '50m' } })],
    refused: withResources({ requests: { cpu: '10m' } }),
    why: 'minimum cpu usage per Container is 50m, but request is 10m',
    says: `the cpu request is under 50m, ${refuses}; raise it`,
    admitted: { exact: withResources({ requests: { cpu: '0.05' } }), bare }
  },
  'too-far-apart': {
    around: [limitRange({ maxLimitRequestRatio: { cpu: '4' } })],
    refused: withResources({ requests: { cpu: '100m' }, limits: { cpu: '1' } }),
    why: 'cpu max limit to request ratio per Container is 4, but provided ratio is 10',
    says: `the cpu limit is more than 4 times the request, ${refuses}; raise the request`,
    admitted: { exact: withResources({ requests: { cpu: '250m' }, limits: { cpu: '1' } }) }
  },
  'low-default': {
    around: [limitRange({ default: { memory: '1Gi' } })],
    refused: withResources({ requests: { memory: '2Gi' } }),
    why: 'must be less than or equal to memory limit',
    says: `LimitRange bounds sets a memory limit of 1Gi, less than the request, so no pod is created; set a limit`,
    admitted: { limited: withResources({ requests: { memory: '2Gi' }, limits: { memory: '2Gi' } }), bare }
  },
  'over-maximum-together': {
    around: [limitRange({ type: 'Pod', max: { memory: '1536Mi' } })],
    refused: { containers: ['web', 'log'].map((name) => ({ ...web, name, resources: { limits: { memory: '1Gi' } } })) },
    why: 'maximum memory usage per Pod is 1536Mi, but limit is 2Gi',
    says: `the memory limits add up to more than 1536Mi, ${refuses}; lower them`,
    admitted: {
      one: withResources(
        { limits: { memory: '1Gi' } },
        { initContainers: [{ ...web, name: 'init', resources: { limits: { memory: '1Gi' } } }] }
      )
    }
  },
  'no-limit-in-pod': {
    around: [limitRange({ type: 'Pod', max: { memory: '2Gi' } })],
    refused: bare,
    why: 'maximum memory usage per Pod is 2Gi.  No limit is specified',
    says: `no container has a memory limit, ${refuses}; set one`,
    admitted: { limited: withResources({ limits: { memory: '1Gi' } }) }
  }
}

const plane = await openControlPlane(tap, { scheduler: false })
if (plane !== undefined) {
  await openWebhook(tap, plane)
  for (const [namespace, one] of Object.entries(cases)) {
    await tap.test(`${namespace}: the pods are refused, and the workload is told`, (t) =>
      check(t, plane, namespace, one)
    )
  }
}

async function check(t: Test, cluster: ControlPlane, namespace: string, one: Case): Promise<void> {
  const user = await userIn(cluster, namespace, { 'holdfast.dev/mode': 'warn' })
  await untilPodsMayCome(user, one)
  for (const [name, pod] of Object.entries(one.admitted)) {
    const { code, stderr } = await apply(user, deployment(name, pod))
    t.equal(code, 0, stderr)
    await untilPods(user, name, 2)
    t.notMatch(stderr, '[pods-admitted]', name)
  }
  t.equal(await failures(user), '', 'nothing was refused')

  const [name = '', pod = {}] = Object.entries(one.admitted)[0] ?? []
  const update = deployment(name, one.refused)
  await untilSaid(user, update, one.says)
  const { stderr } = await apply(user, update)
  t.equal(stderr.split('\n').filter((line) => line.includes('[pods-admitted]')).length, 1, 'one finding')
  await untilFailure(user, name, 'True')
  // Events come after what they tell of.
  const said = await waitFor({ what: 'the Event', seconds: 30, everyMilliseconds: 100 }, async () => {
    return (await failures(user)) || undefined
  })
  t.match(said, one.why)
  await untilPods(user, name, 0)
  await apply(user, deployment(name, pod))
  await untilFailure(user, name, '')
  await untilPods(user, name, 2)
}

interface Conditioned {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

interface List {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status?: { readonly hard?: object }
    readonly message?: string
  }[]
}

/** Until the controller of a Deployment says that its pods cannot be created, or no longer says so. */
async function untilFailure(user: NamespaceUser, name: string, status: string): Promise<void> {
  const patience = { what: `ReplicaFailure of ${name} to be ${status}`, seconds: 30, everyMilliseconds: 200 }
  await waitFor(patience, async () => {
    const { status: seen } = (await user.read('apis/apps/v1', `deployments/${name}`)) as Conditioned
    const failure = seen.conditions?.find(({ type }) => type === 'ReplicaFailure')
    return (failure?.status ?? '') === status ? true : undefined
  })
}

function deployment(name: string, pod: object): object {
  const whole = bareDeployment(name)
  const strategy = { type: 'Recreate' }
  const template = { ...whole.spec.template, spec: pod }
  return { ...whole, spec: { ...whole.spec, strategy, template } }
}

/** Until there is a service account for them, and the quota counts. */
async function untilPodsMayCome(user: NamespaceUser, { around }: Case): Promise<void> {
  for (const object of around) await user.create(object)
  await waitFor({ what: 'the service account and the quota', seconds: 30, everyMilliseconds: 100 }, async () => {
    const accounts = (await user.read('api/v1', 'serviceaccounts')) as List
    const quotas = (await user.read('api/v1', 'resourcequotas')) as List
    const isCounted = quotas.items.every(({ status }) => status?.hard !== undefined)
    return accounts.items.some(({ metadata }) => metadata.name === 'default') && isCounted ? true : undefined
  })
}

/** Until the Deployment has so many pods. */
async function untilPods(user: NamespaceUser, name: string, wanted: number): Promise<void> {
  await waitFor({ what: `${wanted} pods of ${name}`, seconds: 30, everyMilliseconds: 200 }, async () => {
    const { items } = (await user.read('api/v1', `pods?labelSelector=app%3D${name}`)) as List
    return items.length === wanted ? true : undefined
  })
}

/** What the API server said to controllers of pods that it refused. */
async function failures(user: NamespaceUser): Promise<string> {
  const { items } = (await user.read('api/v1', 'events?fieldSelector=reason%3DFailedCreate')) as List
  return items.map(({ message }) => `${message}\n`).join('')
}
