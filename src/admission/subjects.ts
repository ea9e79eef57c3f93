import type { Subject } from '../engine/policy.ts'
import { parseAutoscaler } from '../kube/autoscaler.ts'
import { parseBudget } from '../kube/budget.ts'
import { annotation, controllerKind } from '../kube/metadata.ts'
import { parseScale } from '../kube/scale.ts'
import { MalformedObject } from '../kube/shape.ts'
import { parseWorkload, type WorkloadKind } from '../kube/workload.ts'
import { InvalidReview } from './answer.ts'
import type { AdmissionRequest } from './review.ts'

type Parse = (raw: unknown) => Subject

interface Judge {
  version: string
  parse: Parse
}

function v1(parseV1: Parse): Judge {
  return { version: 'v1', parse: parseV1 }
}

/** Every resource that we judge, as group/resource/subresource, and in which version. Whatever is not here is allowed untouched. */
const judged: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['apps/deployments', v1((raw) => parseWorkload('Deployment', raw))],
  ['apps/statefulsets', v1((raw) => parseWorkload('StatefulSet', raw))],
  ['apps/daemonsets', v1((raw) => parseWorkload('DaemonSet', raw))],
  ['apps/replicasets', v1((raw) => parseWorkload('ReplicaSet', raw))],
  ['batch/jobs', v1((raw) => parseWorkload('Job', raw))],
  ['batch/cronjobs', v1((raw) => parseWorkload('CronJob', raw))],
  ['pods', v1((raw) => parseWorkload('Pod', raw))],
  ['policy/poddisruptionbudgets', v1(parseBudget)],
  [
    'autoscaling/horizontalpodautoscalers',
    { version: 'v2', parse: (raw) => parseAutoscaler('HorizontalPodAutoscaler', raw) }
  ],
  ['keda.sh/scaledobjects', { version: 'v1alpha1', parse: (raw) => parseAutoscaler('ScaledObject', raw) }],
  ['apps/deployments/scale', v1((raw) => ({ ...parseScale(raw), parentKind: 'Deployment' }))],
  ['apps/statefulsets/scale', v1((raw) => ({ ...parseScale(raw), parentKind: 'StatefulSet' }))]
])

const mirror = 'kubernetes.io/config.mirror'

/** Scales on behalf of an autoscaler: its own floor is judged instead. */
const autoscalers: ReadonlySet<string> = new Set([
  'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
  'system:kube-controller-manager'
])

const parts: ReadonlySet<string> = new Set<WorkloadKind>(['Pod', 'ReplicaSet', 'Job'])

/** KEDA makes a HorizontalPodAutoscaler of each ScaledObject. */
function isPart({ kind, metadata }: Subject): boolean {
  const maker = controllerKind(metadata)
  return (parts.has(kind) && maker !== undefined) || (kind === 'HorizontalPodAutoscaler' && maker === 'ScaledObject')
}

/** `apps/deployments`, `pods`, `apps/deployments/scale`. */
export function resourceOf({ resource: { group = '', resource }, subResource }: AdmissionRequest): string {
  const path = group === '' ? resource : `${group}/${resource}`
  return typeof subResource === 'string' && subResource !== '' ? `${path}/${subResource}` : path
}

/** A part that a controller makes of something larger, a mirror of a file on a node, or on its way out. */
function isNotOurs(subject: Subject): boolean {
  const { kind, metadata } = subject
  if (isPart(subject)) return true
  return metadata.deletionTimestamp !== undefined || (kind === 'Pod' && annotation(metadata, mirror) !== undefined)
}

function parse(parseRaw: Parse, raw: unknown, where: string): Subject {
  try {
    return parseRaw(raw)
  } catch (error) {
    if (error instanceof MalformedObject) throw new InvalidReview(`${where}: ${error.message}`)
    throw error
  }
}

/** What a request bears on, and what it was before; undefined where there is nothing to judge. */
export interface Judged {
  subject: Subject
  /**
   * Written by the controller that owns it: that can neither answer a denial nor take an annotation. The identity has to be one that
   * Kubernetes gives out, since anyone may write an owner into a manifest.
   */
  byController: boolean
  /** The old object of an UPDATE. Parsed when asked for. */
  before?: () => Subject
}

/** Finds the subject of a request. Throws InvalidReview where the object is not what its kind promises. */
export function subjectOf(request: AdmissionRequest): Judged | undefined {
  const judge = judged.get(resourceOf(request))
  if (judge === undefined || judge.version !== request.resource.version) return undefined
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return undefined
  const { parse: parseRaw } = judge
  const subject = parse(parseRaw, request.object, 'request.object')
  const user = request.userInfo?.username ?? ''
  if (isNotOurs(subject) || (subject.kind === 'Scale' && autoscalers.has(user))) return undefined
  const byController = controllerKind(subject.metadata) !== undefined && user.startsWith('system:')
  if (request.operation === 'CREATE') return { subject, byController }
  return { subject, byController, before: () => parse(parseRaw, request.oldObject, 'request.oldObject') }
}
