import { evaluate } from '../../../src/engine/evaluate.ts'
import { findingText } from '../../../src/engine/finding.ts'
import type { Policy } from '../../../src/engine/policy.ts'
import type { ClusterApi } from '../../support/cluster-api.ts'
import type { Finished } from '../../support/cluster-kubectl.ts'
import type { Container, Deployment } from '../../support/cluster-objects.ts'
import { type NamespaceUser, userIn } from '../../support/cluster-user.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import type { ControlPlane } from '../../support/control-plane.ts'
import { factsAround } from '../../support/inventory.ts'
import { type Given, rulesetOf, subjectFrom } from '../../support/policy-cases.ts'
import type { JsonMap } from '../../support/workloads.ts'

/** A namespace in which a harm is shown. Holdfast does not act there: what it would say is asked of its evaluator. */
export interface Place {
  api: ClusterApi
  user: NamespaceUser
  namespace: string
}

export async function openPlace(controlPlane: ControlPlane, api: ClusterApi, namespace: string): Promise<Place> {
  return { api, user: await userIn(controlPlane, namespace, {}), namespace }
}

/** What a policy says of an object beside others, in full. */
export function said(policy: Policy, object: object, around: readonly object[] = [], given: Asked = {}): string[] {
  const subject = subjectFrom(object as JsonMap)
  const facts = factsAround(subject, around as readonly JsonMap[])
  const context = { facts, ruleset: rulesetOf(policy, given), exemptions: { reasons: new Map(), remarks: [] } }
  return evaluate(subject, context).findings.map(findingText)
}

type Asked = Pick<Given, 'profile' | 'parameters'>

export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
}

export interface Pod {
  metadata: { name: string; annotations?: Readonly<Record<string, string>>; deletionTimestamp?: string }
  spec: {
    nodeName?: string
    containers: readonly Container[]
    tolerations?: readonly { key?: string; tolerationSeconds?: number }[]
  }
  status: { phase?: string; qosClass?: string; conditions?: readonly Condition[] }
}

export async function podsOf({ api, namespace }: Place, name: string): Promise<readonly Pod[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`
  return ((await api.must('GET', path)) as { items: readonly Pod[] }).items
}

export function isRunning({ status }: Pod): boolean {
  return status.phase === 'Running'
}

export function isStaying({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp === undefined
}

/** Why the scheduler has refused a pod. */
export function refusalOf({ status: { conditions = [] } }: Pod): string | undefined {
  return conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message
}

/** Until the scheduler has tried all the pods; the refusals. */
export async function refusals(place: Place, name: string, count: number): Promise<string[]> {
  return waitFor({ what: `${count} pods of ${name} to be tried`, seconds: 60 }, async () => {
    const pods = (await podsOf(place, name)).filter(isStaying)
    const refused = pods.flatMap((pod) => refusalOf(pod) ?? [])
    return pods.filter(isRunning).length + refused.length === count ? refused : undefined
  })
}

const resources = {
  Deployment: 'apis/apps/v1/deployments',
  StatefulSet: 'apis/apps/v1/statefulsets',
  DaemonSet: 'apis/apps/v1/daemonsets',
  Job: 'apis/batch/v1/jobs',
  CronJob: 'apis/batch/v1/cronjobs'
} as const
export type Kind = keyof typeof resources

export function pathOf({ namespace }: Place, kind: Kind, name: string): string {
  const [root, group, version, plural] = resources[kind].split('/')
  return `/${root}/${group}/${version}/namespaces/${namespace}/${plural}/${name}`
}

/** As much of the status of any workload as is read here. */
export interface Status {
  observedGeneration?: number
  conditions?: readonly Condition[]
  replicas?: number
  updatedReplicas?: number
  availableReplicas?: number
  desiredNumberScheduled?: number
  updatedNumberScheduled?: number
  numberAvailable?: number
  failed?: number
  active?: number
}

/** Undefined while the controller has not seen the latest generation, which that of Jobs does not tell. */
export async function statusOf(place: Place, kind: Kind, name: string): Promise<Status | undefined> {
  const { metadata, status } = (await place.api.must('GET', pathOf(place, kind, name))) as {
    metadata: { generation: number }
    status: Status
  }
  return kind === 'Job' || status.observedGeneration === metadata.generation ? status : undefined
}

/** Until the status of a workload is as it is wanted. */
export async function until(
  place: Place,
  [kind, name]: readonly [Kind, string],
  what: string,
  isSo: (status: Status) => boolean
): Promise<Status> {
  let last: Status | undefined
  const patience = { what: `${name}: ${what}`, seconds: 60, details: () => JSON.stringify(last) }
  return waitFor(patience, async () => {
    last = await statusOf(place, kind, name)
    return last !== undefined && isSo(last) ? last : undefined
  })
}

/** Until every pod of a Deployment is of its latest release and available. */
export async function untilRolled(place: Place, name: string): Promise<void> {
  await until(place, ['Deployment', name], 'rolled out', (status) => {
    const { replicas = 0, updatedReplicas, availableReplicas } = status
    return replicas > 0 && updatedReplicas === replicas && availableReplicas === replicas
  })
}

export function patch({ user }: Place, kind: string, name: string, change: object): Promise<Finished> {
  return user.must(['patch', kind, name, '--patch', JSON.stringify(change)])
}

/** Another release, which differs in an annotation of its pods. */
export async function release(place: Place, kind: string, name: string, version: string): Promise<void> {
  await patch(place, kind, name, { spec: { template: { metadata: { annotations: { version } } } } })
}

/** More CPU than any node has: no pod of such a release finds a place. */
export const tooLarge = { requests: { cpu: '9000', memory: '16Mi' } }

/** A release whose pods never start, as one whose image does not exist. */
export async function brokenRelease(place: Place, kind: string, name: string): Promise<void> {
  const containers = [{ name: 'web', resources: tooLarge }]
  await patch(place, kind, name, { spec: { template: { spec: { containers } } } })
}

export async function create({ user }: Place, ...objects: readonly object[]): Promise<void> {
  for (const object of objects) await user.create(object)
}

/** A Deployment with more in its spec. */
export function withSpec({ spec, ...rest }: Deployment, more: object): object {
  return { ...rest, spec: { ...spec, ...more } }
}

/** What a kubelet would report of a pod. */
export async function report(place: Place, pod: Pod, status: object): Promise<void> {
  const path = `/api/v1/namespaces/${place.namespace}/pods/${pod.metadata.name}/status`
  const reply = await place.api.send('PATCH', path, { status })
  // A pod that is already gone has nobody to report it.
  if (reply.status >= 300 && reply.status !== 404) throw new Error(JSON.stringify(reply.body))
}

/** Its containers have crashed, for now. */
export function crashed(pod: Pod): object {
  const others = (pod.status.conditions ?? []).filter(({ type }) => type !== 'Ready' && type !== 'ContainersReady')
  const unready = ['Ready', 'ContainersReady'].map((type) => ({ type, status: 'False', reason: 'ContainersNotReady' }))
  return { conditions: [...others, ...unready] }
}
