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
