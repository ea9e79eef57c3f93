import {
  companionLabels,
  exemptPrefix,
  exemptUntilKey,
  gaveWayKey,
  injectedKey,
  injectKey,
  isCompanion,
  longestPolicyId,
  maxUnavailableKey,
  quorumKey,
  modeKey,
  profileKey,
  profileVersionKey
} from '../engine/api.ts'
import { recordedParts } from '../engine/added-parts.ts'
import { type ApiService, parseApiService } from '../kube/api-service.ts'
import { type Autoscaler, type AutoscalerKind, parseAutoscaler } from '../kube/autoscaler.ts'
import { type Budget, parseBudget } from '../kube/budget.ts'
import { parseBudgetStatus } from '../kube/budget-status.ts'
import { type Claim, parseClaim } from '../kube/claim.ts'
import type { Labels, LabelSelector } from '../kube/label-selector.ts'
import { annotation, type Metadata, metadata } from '../kube/metadata.ts'
import { type Node, parseNode } from '../kube/node.ts'
import { labelsOfJobPods } from '../kube/job-pods.ts'
import { type LimitRange, parseLimitRange } from '../kube/limit-range.ts'
import { mayRunOlderPods } from '../kube/older-pods.ts'
import { parseJob, parsePodController } from '../kube/pod-controller.ts'
import { parsePriorityClass, type PriorityClass } from '../kube/priority-class.ts'
import { parseQuota, type Quota } from '../kube/quota.ts'
import { isApplied } from '../kube/provenance.ts'
import { parseService, readinessGateKeys, type Service } from '../kube/service.ts'
import { expectShape, object, string } from '../kube/shape.ts'
import { parseVerticalAutoscaler, type VerticalAutoscaler } from '../kube/vertical-autoscaler.ts'
import { parseVolume, type Volume } from '../kube/volume.ts'
import type { Once } from './equal-parts.ts'
import type { KeptJob } from './jobs.ts'
import type { KeptWorkload } from './workloads.ts'

/** An existing namespace. */
export interface ExistingNamespace {
  /** Our own, and those that facts are taken from. */
  labels: Labels
  /** It is being deleted: nothing can be created in it. */
  terminating: boolean
}

const marks: ReadonlySet<string> = new Set(Object.keys(companionLabels))
/** Stands in for the raw object, which no reader of the inventory uses. */
const letGo = Object.freeze({})
const noTypes: readonly string[] = []
/** Each part stays the object's own. */
const asItIs: Once = (part) => part

type Texts = Readonly<Record<string, string>>

/** The entries with a wanted key; undefined if there are none. */
function some(texts: Texts | undefined, isWanted: (key: string) => boolean): Texts | undefined {
  const entries = Object.entries(texts ?? {}).filter(([key]) => isWanted(key))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** The identity, the owners, the deletion timestamp, and our own annotations, each only as far as it has a meaning. */
function identityOf({ name = '', namespace = '', uid = '', ...rest }: Metadata): Metadata {
  const { deletionTimestamp } = rest
  const ownerReferences = ownersOf(rest)
  const annotations = annotationsOf(rest)
  return {
    name,
    namespace,
    uid,
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(ownerReferences.length > 0 && { ownerReferences }),
    ...(annotations !== undefined && { annotations })
  }
}

/** More than any object has. The controller comes first, so that it is among them. */
const mostOwners = 8
const longestAnnotation = 256

function ownersOf({ ownerReferences = [] }: Metadata): NonNullable<Metadata['ownerReferences']> {
  if (ownerReferences.length <= mostOwners) return ownerReferences
  return ownerReferences.toSorted((one, other) => rankOf(one) - rankOf(other)).slice(0, mostOwners)
}

function rankOf({ controller }: { controller?: boolean }): number {
  return controller === true ? 0 : 1
}

function annotationsOf({ annotations }: Metadata): Texts | undefined {
  const own = some(annotations, (key) => keptKeys.has(key) || isExemption(key))
  if (own === undefined) return undefined
  return Object.fromEntries(Object.entries(own).map(([key, value]) => [key, cutTo(longestAnnotation, value)]))
}

function cutTo(length: number, text: string): string {
  return text.length <= length ? text : detached(text.slice(0, length))
}

/** A copy of a text that was cut out of another. V8 makes no copy by itself: it would keep all of the other one in memory. */
function detached(text: string): string {
  return Buffer.from(text).toString()
}

const keptKeys: ReadonlySet<string> = new Set([injectKey, exemptUntilKey, maxUnavailableKey, quorumKey, gaveWayKey])

/** Whether a key may be that of an exemption. Whether it names a policy is decided where the policies are known. */
function isExemption(key: string): boolean {
  return key.startsWith(exemptPrefix) && key.length <= exemptPrefix.length + longestPolicyId
}

const namespace = object({ metadata, status: object({ phase: string }) })

const namespaceKeys: ReadonlySet<string> = new Set([
  modeKey,
  profileKey,
  profileVersionKey,
  injectKey,
  ...readinessGateKeys
])

/** Of the labels only our own, and those by which policies read how a cloud treats pods: a namespace that cannot be kept would make the facts of all of them unknown. */
export function transformNamespace(raw: unknown): ExistingNamespace {
  expectShape(namespace, raw)
  const { labels, deletionTimestamp } = raw.metadata ?? {}
  const own = some(labels, (key) => namespaceKeys.has(key)) ?? {}
  return { labels: own, terminating: deletionTimestamp !== undefined || raw.status?.phase === 'Terminating' }
}

export function transformBudget(raw: unknown, once: Once = asItIs): Budget {
  const { kind, metadata: given, spec } = parseBudget(raw)
  const { resourceVersion = '' } = given
  const labels = some(given.labels, (key) => marks.has(key))
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec
  const isMarked = isCompanion(given)
  const status = isMarked ? parseBudgetStatus(raw) : undefined
  return {
    kind,
    // Without the version, which every heartbeat of the disruption controller moves: only companions are written to.
    metadata: {
      ...identityOf(given),
      ...(isMarked && { resourceVersion }),
      ...(labels !== undefined && { labels: once(labels) })
    },
    spec: {
      ...(minAvailable !== undefined && { minAvailable }),
      ...(maxUnavailable !== undefined && { maxUnavailable }),
      ...(selector !== undefined && { selector: withShared(selector, once) }),
      ...(unhealthyPodEvictionPolicy !== undefined && { unhealthyPodEvictionPolicy })
    },
    ...(status !== undefined && { status }),
    object: letGo
  }
}

/** Labels tell workloads apart; what is required beside them is often the same. */
function withShared(selector: LabelSelector, once: Once): LabelSelector {
  const { matchExpressions } = selector
  return matchExpressions === undefined ? selector : { ...selector, matchExpressions: once(matchExpressions) }
}

export function transformAutoscaler(kind: AutoscalerKind, raw: unknown): Autoscaler {
  const parsed = parseAutoscaler(kind, raw)
  const target = { ...parsed.target, group: detached(parsed.target.group) }
  return { ...parsed, metadata: identityOf(parsed.metadata), target, metricTypes: noTypes, object: letGo }
}

export function transformService(raw: unknown): Service {
  const parsed = parseService(raw)
  return { ...parsed, metadata: identityOf(parsed.metadata) }
}

export function transformClaim(raw: unknown, once: Once = asItIs): Claim {
  const claim = parseClaim(raw)
  return { ...claim, accessModes: once(claim.accessModes) }
}

export function transformVolume(raw: unknown, once: Once = asItIs): Volume {
  return once(parseVolume(raw))
}

export function transformApiService(raw: unknown): ApiService {
  return parseApiService(raw)
}

export function transformPriorityClass(raw: unknown): PriorityClass {
  return parsePriorityClass(raw)
}

export function transformQuota(raw: unknown): Quota {
  return parseQuota(raw)
}

export function transformLimitRange(raw: unknown): LimitRange {
  return parseLimitRange(raw)
}

export function transformVerticalAutoscaler(raw: unknown): VerticalAutoscaler {
  return parseVerticalAutoscaler(raw)
}

export function transformNode(raw: unknown, once: Once = asItIs): Node {
  const node = parseNode(raw)
  return { ...node, taints: once(node.taints) }
}

/** `replicas` is left out of a kind that has none. */
export function transformWorkload(
  { group, kind, scales }: WorkloadForm,
  raw: unknown,
  once: Once = asItIs
): KeptWorkload {
  const { metadata: given, replicas, selector, podLabels, containers } = parsePodController(raw)
  const added = addedTo(given, raw)
  return {
    group,
    kind,
    metadata: identityOf(given),
    replicas: scales ? replicas : undefined,
    podLabels,
    selector,
    ...(mayRunOlderPods(group, raw) && { rolling: true }),
    ...(added.length > 0 && { added }),
    containers: once(containers.map((one) => ({ ...one, requests: once(one.requests) })))
  }
}

/** A record that a person's manifest carries makes the values theirs. */
function addedTo(given: Metadata, raw: unknown): readonly string[] {
  const record = annotation(given, injectedKey)
  return record === undefined || isApplied(raw, recordPlace) ? [] : recordedParts(record)
}

const recordPlace = ['metadata', 'annotations', injectedKey]

export function transformJob(kind: string, raw: unknown): KeptJob {
  const { metadata: given, templateLabels, isLabelled } = parseJob(raw)
  const podLabels = isLabelled ? labelsOfJobPods(templateLabels) : templateLabels
  return { kind, name: given.name ?? '', namespace: given.namespace ?? '', podLabels }
}

/** A kind of workload, as far as its objects do not say. */
export interface WorkloadForm {
  group: string
  kind: string
  /** Whether it has replicas. */
  scales: boolean
}
