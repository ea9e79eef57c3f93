import type { Container, Probe } from './pod.ts'
import { isObject } from './shape.ts'

const handlers: ReadonlySet<string> = new Set(['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'])

/** Whether a field of a probe or a hook is its handler: the API server takes only one. */
export function isHandler(field: string): boolean {
  return handlers.has(field)
}

/** The handler of a probe or a hook; undefined for anything else. */
export function handlerIn(value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  for (const key in value) if (handlers.has(key) && Object.hasOwn(value, key)) return key
  return undefined
}

/** What the API server fills in beside a handler (kubernetes pkg/apis/core/v1/defaults.go). */
export const probeDefaults: ReadonlyMap<string, unknown> = new Map([
  ['timeoutSeconds', 1],
  ['periodSeconds', 10],
  ['successThreshold', 1],
  ['failureThreshold', 3]
])

interface Timing {
  /** Seconds from the start of the container to the first check. */
  delay: number
  period: number
  failures: number
}

/** The numbers of a probe. The API server fills in a default for 0, as for what is absent (kubernetes pkg/apis/core/v1/defaults.go). */
export function probeTiming({ initialDelaySeconds = 0, periodSeconds = 0, failureThreshold = 0 }: Probe): Timing {
  return { delay: initialDelaySeconds, period: periodSeconds || 10, failures: failureThreshold || 3 }
}

/** The seconds for which a container must fail a probe before the probe gives up. */
export function patienceOf(probe: Probe): number {
  const { period, failures } = probeTiming(probe)
  return period * failures
}

/**
 * The number of a port that a probe asks, by number or by a name of its own container. Undefined where no port of the container has the
 * name: the kubelet then throws each result away (kubernetes pkg/probe/util.go, ResolveContainerPort, and pkg/kubelet/prober/worker.go).
 */
export function portNumber(port: number | string, { ports = [] }: Container): number | undefined {
  return typeof port === 'number' ? port : ports.find(({ name }) => name === port)?.containerPort
}
