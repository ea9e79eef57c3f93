import type { Change } from '../engine/decide.ts'
import type { Subject } from '../engine/policy.ts'
import { allKinds, type Kind, kinds, type Parse, wholeOf } from '../kube/kinds.ts'
import { annotation, controllerKind } from '../kube/metadata.ts'
import { groupResource } from '../kube/resource-kind.ts'
import { MalformedObject } from '../kube/shape.ts'
import { InvalidReview } from './answer.ts'
import type { AdmissionRequest } from './review.ts'

interface JudgedKind {
  version: string
  parse: Parse
}

/** Every resource that we judge, as group/resource/subresource, and in which version. Whatever is not here is allowed untouched. */
const judged: ReadonlyMap<string, JudgedKind> = new Map(allKinds.flatMap(judgedKindsOf))

function judgedKindsOf(kind: Kind): [string, JudgedKind][] {
  const { version, parse: parseOwn, parseScale } = kind
  const path = groupResource(kind)
  return [
    ...(parseOwn === undefined ? [] : [[path, { version, parse: parseOwn }] satisfies [string, JudgedKind]]),
    ...(parseScale === undefined
      ? []
      : [[`${path}/scale`, { version, parse: parseScale }] satisfies [string, JudgedKind]])
  ]
}

const mirror = 'kubernetes.io/config.mirror'

/** Scales on behalf of an autoscaler: its own floor is judged instead. */
const autoscalers: ReadonlySet<string> = new Set([
  'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
  'system:kube-controller-manager'
])

/** `apps/deployments`, `pods`, `apps/deployments/scale`. */
export function resourceOf({ resource: { group = '', resource }, subResource }: AdmissionRequest): string {
  const path = groupResource({ group, resource })
  return typeof subResource === 'string' && subResource !== '' ? `${path}/${subResource}` : path
}

/** A part that a controller makes of something larger, a mirror of a file on a node, or on its way out. */
function isNotOurs(subject: Subject): boolean {
  const { kind, metadata } = subject
  if (kind !== 'Scale' && wholeOf(metadata, kinds[kind].partOf) !== undefined) return true
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

/**
 * What a request does to a subject; undefined where there is nothing to judge. An owner's identity has to be one that Kubernetes gives
 * out, since anyone may write an owner into a manifest. Throws InvalidReview where the object is not what its kind promises.
 */
export function changeIn(request: AdmissionRequest): Change | undefined {
  const kind = judged.get(resourceOf(request))
  if (kind === undefined || kind.version !== request.resource.version) return undefined
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return undefined
  const { parse: parseRaw } = kind
  const subject = parse(parseRaw, request.object, 'request.object')
  const user = request.userInfo?.username ?? ''
  if (isNotOurs(subject) || (subject.kind === 'Scale' && autoscalers.has(user))) return undefined
  const byController = controllerKind(subject.metadata) !== undefined && user.startsWith('system:')
  const old = () => parse(parseRaw, request.oldObject, 'request.oldObject')
  return { subject, byController, old: request.operation === 'CREATE' ? undefined : old }
}
