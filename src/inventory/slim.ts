import { controllerOf, type Metadata } from '../kube/metadata.ts'
import { isObject, type JsonObject } from '../kube/shape.ts'
import { networkFileSystems } from '../kube/volume.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * What a facts file has of an object, as the API server shows it: what policies and facts read, and what the report of a cluster shows. It
 * judges the same as the whole object. Left out are the values of environment variables, which may be passwords, what is written for other
 * programs only, and what heartbeats change. Of the pods and Jobs of a controller there is only what tells whose they are.
 */
export function slim(object: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, spec, status } = object
  const given = isObject(metadata) ? metadata : {}
  const slimKind = slimKinds[String(kind)] ?? workloadForm
  const isPart = slimKind.part !== undefined && isOwned(given)
  const { spec: specOf, status: statusOf, bare } = isPart ? { ...slimKind, ...slimKind.part } : slimKind
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(given, bare === true, specOf),
    ...(isObject(spec) && specOf !== undefined && { spec: specOf(spec) }),
    ...(isObject(status) && statusOf !== undefined && { status: slimStatus(status, statusOf) })
  }
}

type SlimSpec = (spec: JsonObject) => JsonObject

interface SlimKind {
  spec?: SlimSpec
  /** The fields of the status that are kept. */
  status?: readonly string[]
  /** Nobody asks who wrote its fields, or for its annotations. */
  bare?: boolean
  /** How an object is kept whose controller is judged in its place. */
  part?: { spec: SlimSpec; bare: true }
}

const counted = ['observedGeneration', 'replicas', 'readyReplicas', 'updatedReplicas', 'stableRS', 'currentPodHash']
const workloadForm: SlimKind = { spec: withTemplate, status: counted }
const daemonStatus = ['observedGeneration', 'desiredNumberScheduled', 'updatedNumberScheduled', 'numberReady']
const budgetStatus = [
  'observedGeneration',
  'expectedPods',
  'currentHealthy',
  'desiredHealthy',
  'disruptionsAllowed',
  'conditions'
]

const slimKinds: Readonly<Record<string, SlimKind>> = {
  Namespace: { status: ['phase'], bare: true },
  Node: { spec: (spec) => pick(spec, ['taints', 'unschedulable']), status: ['conditions'], bare: true },
  PersistentVolumeClaim: {
    spec: (spec) => pick(spec, ['accessModes', 'volumeName', 'storageClassName']),
    status: ['phase', 'accessModes'],
    bare: true
  },
  PersistentVolume: { spec: slimVolume, bare: true },
  APIService: { spec: (spec) => pick(spec, ['group']), bare: true },
  PodDisruptionBudget: { spec: whole, status: budgetStatus },
  HorizontalPodAutoscaler: { spec: whole },
  ScaledObject: { spec: withTriggers },
  Service: { spec: (spec) => without(spec, ['clusterIPs']) },
  DaemonSet: { spec: withTemplate, status: daemonStatus },
  Job: { spec: withTemplate, part: { spec: labelsOfTemplate, bare: true } },
  CronJob: { spec: withJobTemplate },
  Pod: {
    spec: slimPodSpec,
    status: ['phase', 'conditions'],
    part: { spec: (spec) => pick(spec, ['nodeName']), bare: true }
  }
}

/** Of the conditions what they say, without their heartbeats. */
function slimStatus(status: JsonObject, fields: readonly string[]): JsonObject {
  const kept = pick(status, fields)
  if (kept['conditions'] === undefined) return kept
  return { ...kept, conditions: mapObjects(kept['conditions'], (condition) => without(condition, heartbeats)) }
}

const heartbeats = ['lastHeartbeatTime', 'lastProbeTime']

function whole(spec: JsonObject): JsonObject {
  return spec
}

function isOwned({ ownerReferences }: JsonObject): boolean {
  if (!Array.isArray(ownerReferences)) return false
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only looked through, and an odd entry is no controller
  const owners = ownerReferences.filter(isObject) as NonNullable<Metadata['ownerReferences']>
  return controllerOf({ ownerReferences: owners }) !== undefined
}

const identity = ['name', 'generateName', 'namespace', 'uid', 'generation', 'deletionTimestamp', 'labels']

function slimMetadata(metadata: JsonObject, bare: boolean, specOf: SlimSpec | undefined): JsonObject {
  const kept = pick(metadata, [...identity, 'ownerReferences'])
  if (bare) return kept
  const { annotations, managedFields } = metadata
  return {
    ...kept,
    ...(isObject(annotations) && { annotations: slimAnnotations(annotations, specOf) }),
    ...(Array.isArray(managedFields) && { managedFields: managedFields.filter(isObject).map(slimManager) })
  }
}

function slimAnnotations(annotations: JsonObject, specOf: SlimSpec = whole): JsonObject {
  const { [lastApplied]: applied, ...rest } = annotations
  const manifest = typeof applied === 'string' ? parsed(applied) : undefined
  if (manifest === undefined) return rest
  const { spec } = manifest
  const stated = { ...pick(manifest, ['apiVersion', 'kind']), ...(isObject(spec) && { spec: specOf(spec) }) }
  return { ...rest, [lastApplied]: JSON.stringify(stated) }
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined // shows nothing, as for whoever judges the object
  }
}

/** Who wrote which fields of the spec. Fields of list items cannot be told apart, so nobody asks for them. */
function slimManager({ manager, operation, subresource, fieldsV1 }: JsonObject): JsonObject {
  const spec = isObject(fieldsV1) ? fieldsV1['f:spec'] : undefined
  return {
    manager,
    operation,
    ...(subresource !== undefined && { subresource }),
    fieldsV1: isObject(spec) ? { 'f:spec': namedFields(spec) } : {}
  }
}

function namedFields(fields: JsonObject): JsonObject {
  const entries = Object.entries(fields).flatMap(([key, below]) => {
    return key.startsWith('f:') && isObject(below) ? [[key, namedFields(below)] as const] : []
  })
  return Object.fromEntries(entries)
}

function withTemplate(spec: JsonObject): JsonObject {
  const { template } = spec
  return isObject(template) ? { ...spec, template: slimTemplate(template) } : spec
}

function withJobTemplate(spec: JsonObject): JsonObject {
  const { jobTemplate } = spec
  if (!isObject(jobTemplate) || !isObject(jobTemplate['spec'])) return spec
  return { ...spec, jobTemplate: { ...jobTemplate, spec: withTemplate(jobTemplate['spec']) } }
}

function slimTemplate(template: JsonObject): JsonObject {
  return isObject(template['spec']) ? { ...template, spec: slimPodSpec(template['spec']) } : template
}

function slimPodSpec(spec: JsonObject): JsonObject {
  const lists = ['initContainers', 'containers', 'ephemeralContainers'].filter((key) => Array.isArray(spec[key]))
  return { ...spec, ...Object.fromEntries(lists.map((key) => [key, mapObjects(spec[key], slimContainer)])) }
}

function slimContainer(container: JsonObject): JsonObject {
  if (!Array.isArray(container['env'])) return container
  return { ...container, env: mapObjects(container['env'], (variable) => without(variable, ['value'])) }
}

/** Where the volume is, and of what form; not what a driver is given to reach it. */
function slimVolume(spec: JsonObject): JsonObject {
  const forms = networkFileSystems.filter((form) => isObject(spec[form])).map((form) => [form, {}] as const)
  return { ...pick(spec, ['nodeAffinity']), ...Object.fromEntries(forms) }
}

/** The metadata of a trigger may have addresses and passwords of what it measures. */
function withTriggers(spec: JsonObject): JsonObject {
  if (!Array.isArray(spec['triggers'])) return spec
  return {
    ...spec,
    triggers: mapObjects(spec['triggers'], (trigger) => {
      const { metadata } = trigger
      const named = pick(trigger, ['type', 'name', 'metricType'])
      return isObject(metadata) ? { ...named, metadata: pick(metadata, ['type', 'value', 'containerName']) } : named
    })
  }
}

function labelsOfTemplate(spec: JsonObject): JsonObject {
  const { template } = spec
  const metadata = isObject(template) && isObject(template['metadata']) ? template['metadata'] : {}
  return { ...pick(spec, ['manualSelector']), template: { metadata: pick(metadata, ['labels']) } }
}

function mapObjects(values: unknown, map: (value: JsonObject) => JsonObject): unknown {
  return Array.isArray(values) ? values.map((value: unknown) => (isObject(value) ? map(value) : value)) : values
}

function pick(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.flatMap((key) => (object[key] === undefined ? [] : [[key, object[key]]])))
}

function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
}
