import type { Change } from '../engine/decide.ts'
import { isLeaving } from '../engine/subject.ts'
import { allKinds, type Kind, type Parse } from '../kube/kinds.ts'
import { type Metadata, metadata as metadataShape } from '../kube/metadata.ts'
import { groupResource } from '../kube/resource-kind.ts'
import { expectShape, MalformedObject, object } from '../kube/shape.ts'
import { InvalidReview } from './answer.ts'
import { isAutoscaler } from './author.ts'
import type { AdmissionRequest } from './review.ts'

interface JudgedKind {
  version: string
  parse: Parse
}

/** Every resource that we judge, as group/resource/subresource, and in which version. Every other resource is allowed unchanged. */
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

/** `apps/deployments`, `pods`, `apps/deployments/scale`. */
export function resourceOf({ resource: { group = '', resource }, subResource }: AdmissionRequest): string {
  const path = groupResource({ group, resource })
  return typeof subResource === 'string' && subResource !== '' ? `${path}/${subResource}` : path
}

function parse<T>(parseRaw: (raw: unknown) => T, raw: unknown, where: string): T {
  try {
    return parseRaw(raw)
  } catch (error) {
    if (error instanceof MalformedObject) throw new InvalidReview(`${where}: ${error.message}`)
    throw error
  }
}

const namespaceShape = object({ metadata: metadataShape })

/** The metadata of a namespace that a request creates or updates; undefined for any other request. Throws InvalidReview for a malformed one. */
export function namespaceIn(request: AdmissionRequest): Metadata | undefined {
  const { object: raw, operation } = request
  if (resourceOf(request) !== 'namespaces' || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined
  return parse(
    (value) => {
      expectShape(namespaceShape, value)
      return value.metadata ?? {}
    },
    raw,
    'request.object'
  )
}

/** What a request does to a subject; undefined if there is nothing to judge. Throws InvalidReview for a malformed object. */
export function changeIn(request: AdmissionRequest): Pick<Change, 'subject' | 'old'> | undefined {
  const kind = judged.get(resourceOf(request))
  if (kind === undefined || kind.version !== request.resource.version) return undefined
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return undefined
  const { parse: parseRaw } = kind
  const subject = parse(parseRaw, request.object, 'request.object')
  const user = request.userInfo?.username ?? ''
  if (isLeaving(subject) || (subject.kind === 'Scale' && isAutoscaler(user))) return undefined
  const old = () => parse(parseRaw, request.oldObject, 'request.oldObject')
  return { subject, old: request.operation === 'CREATE' ? undefined : old }
}
