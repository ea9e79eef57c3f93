import jsonPatch from 'fast-json-patch'
import { buildAdmit } from '../../src/admission/admit.ts'
import type { OperatorRules } from '../../src/admission/author.ts'
import type { Admit, Answer, Endpoint } from '../../src/admission/answer.ts'
import { InvalidReview } from '../../src/admission/answer.ts'
import type { ProfileName } from '../../src/engine/api.ts'
import type { ExemptionRules } from '../../src/engine/exemption.ts'
import { type Fact, known, unknown } from '../../src/inventory/fact.ts'
import type { FactSource } from '../../src/inventory/fact-source.ts'
import type { Facts } from '../../src/inventory/facts/index.ts'
import { buildChooseRuleset } from '../../src/engine/profile.ts'
import type { Labels } from '../../src/kube/label-selector.ts'
import type { PatchOperation } from '../../src/engine/injection/patch-builder.ts'
import type { Policy } from '../../src/engine/policy.ts'
import { buildRuleset, type Overrides, type Ruleset } from '../../src/engine/ruleset.ts'
import { policies as catalogue } from '../../src/policies/index.ts'
import { factsOf } from './facts.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }
export type JsonMap = Readonly<Record<string, Json | undefined>>

export const endpoints: readonly Endpoint[] = ['mutate', 'audit', 'warn', 'enforce']
export const injectedKey = 'holdfast.dev/injected'

/** Freezes a value to the bottom, so that a function that writes to its input throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const below of Object.values(value)) frozen(below)
  }
  return value
}

/** A fresh copy by way of JSON text, as everything that arrives. */
export function overTheWire(value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(value))
  return copy
}

export const requesting: JsonMap = { requests: { cpu: '100m', memory: '64Mi' } }
export const web: JsonMap = {
  name: 'web',
  image: 'web:1',
  resources: requesting,
  ports: [{ containerPort: 8080, protocol: 'TCP' }]
}
export const worker: JsonMap = { name: 'worker', image: 'worker:1', resources: requesting }
export const tcpProbe: JsonMap = { tcpSocket: { port: 8080 }, periodSeconds: 5 }
export const sleepHook: JsonMap = { preStop: { sleep: { seconds: 5 } } }
/** Serves traffic, and has all that is asked of it. */
export const sound: JsonMap = {
  ...web,
  readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
  lifecycle: sleepHook
}

/** A fresh copy of a JSON value, in a fraction of the time of JSON text or structuredClone, which the laws would spend half of theirs in. */
export function copyOf<T>(value: T): T
export function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: unknown) => copyOf(item))
  const entries = Object.entries(value).filter(([, below]) => below !== undefined)
  return Object.fromEntries(entries.map(([key, below]) => [key, copyOf(below)]))
}

interface Parts {
  annotations?: JsonMap
  metadata?: JsonMap
  spec?: JsonMap
  pod?: JsonMap
  containers?: readonly Json[]
}

/** A Deployment of three pods, labelled `app: web`, with the one container `web`; or as given. */
export function deployment({ annotations, metadata, spec, pod, containers = [web] }: Parts = {}): JsonMap {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...(annotations !== undefined && { annotations }), ...metadata },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers, ...pod } },
      ...spec
    }
  }
}

/** An Apply manager that lists nothing: who sent the object wrote none of the fields that are looked for. */
export const appliedNothing: JsonMap = { managedFields: [{ operation: 'Apply', fieldsV1: { 'f:spec': {} } }] }

export interface ReviewParts {
  object?: unknown
  oldObject?: unknown
  operation?: string
  /** `apps/deployments`, `pods`, `apps/deployments/scale`. */
  resource?: string
  request?: Readonly<Record<string, unknown>>
}

function resourceParts(path: string): Record<string, unknown> {
  const parts = path.split('/')
  const grouped = /^(?:apps|batch|policy|autoscaling)$/.test(parts[0] ?? '') ? parts : ['', ...parts]
  const [group, resource, subResource] = grouped
  return { resource: { group, version: 'v1', resource }, ...(subResource !== undefined && { subResource }) }
}

/** What the API server would send. With an old object it is an UPDATE. */
export function reviewOf({ object = null, oldObject = null, operation, resource, request }: ReviewParts): unknown {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '1-2-3',
      ...resourceParts(resource ?? 'apps/deployments'),
      name: 'web',
      namespace: 'shop',
      operation: operation ?? (oldObject === null ? 'CREATE' : 'UPDATE'),
      userInfo: { username: 'alice' },
      object,
      oldObject,
      ...request
    }
  }
}

export interface Setting {
  profile?: ProfileName
  overrides?: Overrides
  facts?: Facts
  exemptions?: ExemptionRules
  policies?: readonly Policy[]
  policyPages?: string
  warnsOfRepairs?: boolean
  operators?: Partial<OperatorRules>
  /** Of the namespace. */
  labels?: Fact<Labels>
}

export function rulesetOf({ profile = 'standard', overrides, policies = catalogue }: Setting = {}): Ruleset {
  return buildRuleset(policies, profile, overrides)
}

/** Companions are kept here, so that nothing is missing around a workload. */
const companions = factsOf({ companion: known(true) })

/** The line from body to answer, as the webhook runs it, on 2026-11-21, with the same facts for every subject. */
export function admitOf({ facts = companions, labels = unknown('no labels'), ...setting }: Setting = {}): Admit {
  return admitFrom({ factsFor: () => facts, namespaceLabels: () => labels }, setting)
}

/** The same with facts from a source. */
export function admitFrom(source: FactSource, setting: Omit<Setting, 'facts' | 'labels'> = {}): Admit {
  const { exemptions = { allowed: true, forbidden: new Set() }, policies = catalogue } = setting
  const { profile = 'standard', overrides, policyPages, operators, warnsOfRepairs = true } = setting
  const chooseRuleset = buildChooseRuleset({ policies, profile, ...(overrides !== undefined && { overrides }) })
  return buildAdmit({
    policies,
    chooseRuleset,
    exemptions,
    operators: { trusted: new Set(), onlyTrusted: false, ...operators },
    policyPages,
    warnsOfRepairs,
    factsFor: source.factsFor,
    namespaceLabels: source.namespaceLabels,
    today: () => '2026-11-21'
  })
}

export interface Said {
  uid: string
  allowed: boolean
  status?: { code: number; reason: string; message: string; details: { causes: JsonMap[] } }
  warnings?: string[]
  auditAnnotations?: Record<string, string>
  patchType?: string
  patch?: string
}

/** The response within an answer. */
export function saidIn({ body }: Answer): Said {
  const { response } = JSON.parse(body) as { response: Said }
  return response
}

export function ask(admit: Admit, endpoint: Endpoint, parts: ReviewParts): Said {
  return saidIn(admit(endpoint, copyOf(reviewOf(parts))))
}

export function operationsIn({ patch }: Said): PatchOperation[] {
  return patch === undefined ? [] : (JSON.parse(Buffer.from(patch, 'base64').toString()) as PatchOperation[])
}

/** Applies a patch as another implementation has it, which also validates every operation. */
export function applied(object: unknown, operations: readonly PatchOperation[]): unknown {
  return jsonPatch.applyPatch(copyOf(object), copyOf(operations) as jsonPatch.Operation[], true).newDocument
}

/** The object of a request as /mutate leaves it. */
export function mutated(admit: Admit, parts: ReviewParts): unknown {
  return applied(parts.object, operationsIn(ask(admit, 'mutate', parts)))
}

/** What the caller is told where the review is refused; undefined where it is answered. Any other error is thrown on. */
export function refusalOf(call: () => unknown): string | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof InvalidReview) return error.message
    throw error
  }
}
