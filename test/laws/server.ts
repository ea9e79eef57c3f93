import { toPointer, valueAt } from '../../src/kube/json.ts'
import type { Token } from '../../src/kube/json.ts'
import { applied, type JsonMap } from '../support/workloads.ts'
import { gracePlace } from './generated-pod.ts'

const probeKinds = ['readinessProbe', 'livenessProbe', 'startupProbe']
const probeDefaults: JsonMap = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
const handlerDefaults: Readonly<Record<string, JsonMap>> = {
  httpGet: { path: '/', scheme: 'HTTP' },
  grpc: { service: '' }
}

type Map = Record<string, unknown>

function fill(target: unknown, defaults: JsonMap): void {
  if (typeof target !== 'object' || target === null) return
  for (const [key, value] of Object.entries(defaults)) if (!Object.hasOwn(target, key)) Reflect.set(target, key, value)
}

function items(root: unknown, tokens: readonly Token[]): Map[] {
  const list = valueAt(root, tokens)
  return Array.isArray(list) ? (list as Map[]) : []
}

function fillContainer(container: Map): void {
  for (const port of items(container, ['ports'])) fill(port, { protocol: 'TCP' })
  for (const kind of probeKinds) {
    fill(container[kind], probeDefaults)
    for (const [handler, defaults] of Object.entries(handlerDefaults))
      fill(valueAt(container, [kind, handler]), defaults)
  }
}

/** A copy as decoding makes it: null is absent, wherever it stands in an object. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, below]) => below !== null && below !== undefined)
  return Object.fromEntries(entries.map(([key, below]) => [key, withoutNulls(below)]))
}

/** What the API server makes of a workload before it hands it to webhooks, and again after each patch: defaults filled in. */
export function defaulted(object: unknown, at: readonly string[]): unknown {
  const copy = withoutNulls(object)
  const podSpec = valueAt(copy, [...at, 'spec'])
  fill(podSpec, { [gracePlace]: 30 })
  for (const list of ['containers', 'initContainers']) items(podSpec, [list]).forEach(fillContainer)
  return copy
}

/** The pod template, as far as the API server tells one from another. */
export function templateOf(object: unknown, at: readonly string[]): unknown {
  return valueAt(object, at)
}

/** The object with another value at a place. */
export function changed(object: unknown, at: readonly Token[], value: unknown): unknown {
  const parents = at.slice(0, -1).map((_, index) => at.slice(0, index + 1))
  const missing = parents.filter((tokens) => valueAt(object, tokens) === undefined)
  const steps = missing.map((tokens) => ({ op: 'add' as const, path: toPointer(tokens), value: {} }))
  return applied(object, [...steps, { op: 'add', path: toPointer(at), value }])
}
