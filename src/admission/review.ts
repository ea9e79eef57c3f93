import { z } from 'zod'
import { isObject } from '../kube/shape.ts'
import { InvalidReview } from './answer.ts'

const apiVersion = 'admission.k8s.io/v1'
const kind = 'AdmissionReview'
const longestUid = 256
const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const

/** The envelope only: policies judge the objects in it as they came, never a schema's copy. */
const envelope = z.object({
  apiVersion: z.literal(apiVersion),
  kind: z.literal(kind),
  request: z.object({
    uid: z.string().min(1).max(longestUid),
    resource: z.object({ group: z.string().optional(), version: z.string(), resource: z.string() }),
    subResource: z.string().nullish(),
    name: z.string().nullish(),
    namespace: z.string().nullish(),
    operation: z.enum(operations),
    userInfo: z.object({ username: z.string().nullish() }).nullish(),
    dryRun: z.boolean().nullish(),
    object: z.unknown().optional(),
    oldObject: z.unknown().optional()
  })
})

type Envelope = z.infer<typeof envelope>

/** The request of the API server, with a checked envelope; `object` and `oldObject` are still raw. */
export type AdmissionRequest = Envelope['request']

const wanted: Readonly<Record<string, string>> = { apiVersion, kind, 'request.operation': operations.join(', ') }

function complaint({ issues }: z.ZodError): string {
  const texts = issues.map(({ path, message }) => {
    const place = path.length === 0 ? 'the body' : path.join('.')
    const value = wanted[place]
    return `${place}: ${value === undefined ? message : `expected ${value}`}`
  })
  return `not an AdmissionReview that Holdfast can read: ${texts.join('; ')}`
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string'
}

/** Whether a body certainly passes the schema, in a twentieth of the schema's time. What API servers send does. */
function isEnvelope(body: unknown): boolean {
  if (!isObject(body) || body['apiVersion'] !== apiVersion || body['kind'] !== kind) return false
  const { request } = body
  if (!isObject(request) || !isObject(request['resource'])) return false
  const { uid, resource, subResource, name, namespace, operation, userInfo, dryRun } = request
  const { group, version, resource: plural } = resource
  if (typeof uid !== 'string' || uid.length === 0 || uid.length > longestUid) return false
  if (typeof plural !== 'string' || typeof version !== 'string' || typeof group !== 'string') return false
  if (!isTextOrAbsent(subResource) || !isTextOrAbsent(name) || !isTextOrAbsent(namespace)) return false
  if (operation !== 'CREATE' && operation !== 'UPDATE') return false
  if (typeof dryRun !== 'boolean' || !isObject(userInfo)) return false
  return isTextOrAbsent(userInfo['username'])
}

/** Leaves any other body to the schema, which names the fields at fault. */
function assertEnvelope(body: unknown): asserts body is Envelope {
  if (isEnvelope(body)) return
  const result = envelope.safeParse(body)
  if (!result.success) throw new InvalidReview(complaint(result.error))
}

/** Checks the envelope of a call's parsed body and returns its request. Throws InvalidReview, which names every field at fault. */
export function parseReview(body: unknown): AdmissionRequest {
  assertEnvelope(body)
  return body.request
}
