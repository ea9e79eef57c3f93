import { tcpPorts } from './containers.ts'
import { type Container, isProbe, type Probe } from './pod.ts'
import type { Workload } from './workload.ts'

type Port = number | string

/** A port by name only helps where the container declares the name: the kubelet drops the result of a probe that it cannot resolve. */
function isReachable(port: Port | undefined, { ports = [] }: Container): port is Port {
  if (typeof port === 'number') return port >= 1 && port <= 65535
  return port !== undefined && ports.some(({ name }) => name === port)
}

/** The handler of a probe, without a host (Pod Security forbids one, and another host says nothing about this pod). */
function handlerOf({ exec, httpGet, tcpSocket, grpc }: Probe, container: Container): Probe | undefined {
  if (httpGet !== undefined) {
    const { host = '', port, path, scheme, httpHeaders } = httpGet
    if (host !== '' || !isReachable(port, container)) return undefined
    return {
      httpGet: {
        ...(path !== undefined && { path }),
        port,
        ...(scheme !== undefined && { scheme }),
        ...(httpHeaders !== undefined && {
          httpHeaders: httpHeaders.map(({ name = '', value = '' }) => ({ name, value }))
        })
      }
    }
  }
  if (tcpSocket !== undefined) {
    const { host = '', port } = tcpSocket
    return host === '' && isReachable(port, container) ? { tcpSocket: { port } } : undefined
  }
  if (grpc?.port !== undefined) {
    return { grpc: { port: grpc.port, ...(grpc.service !== undefined && { service: grpc.service }) } }
  }
  return exec?.command === undefined ? undefined : { exec: { command: exec.command } }
}

/** What the API server fills in beside a handler (kubernetes pkg/apis/core/v1/defaults.go). */
export const probeDefaults: ReadonlyMap<string, unknown> = new Map([
  ['timeoutSeconds', 1],
  ['periodSeconds', 10],
  ['successThreshold', 1],
  ['failureThreshold', 3]
])

function copied(probe: Probe | undefined, container: Container): Probe | undefined {
  if (probe === undefined) return undefined
  const handler = handlerOf(probe, container)
  if (handler === undefined) return undefined
  const { periodSeconds, timeoutSeconds } = probe
  return {
    ...handler,
    ...(periodSeconds !== undefined && { periodSeconds }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds })
  }
}

/** A readiness probe that asks what the liveness probe asks, or the startup probe: it holds for a container that works. */
export function copiedProbe(container: Container): Probe | undefined {
  return copied(container.livenessProbe, container) ?? copied(container.startupProbe, container)
}

/**
 * A readiness probe that asks whether the only declared TCP port accepts. Not on the host's network, where another process may hold
 * that port. Not for a StatefulSet: its members often open their ports only once they have found each other, and with OrderedReady, or
 * by names that only ready pods have, they would wait for good.
 */
export function acceptingProbe(workload: Workload, container: Container, periodSeconds: number): Probe | undefined {
  const [port, ...others] = tcpPorts(container)
  if (port === undefined || others.length > 0) return undefined
  if (workload.podSpec.hostNetwork === true || workload.kind === 'StatefulSet') return undefined
  return { tcpSocket: { port }, periodSeconds }
}

/** An injected tcpSocket probe whose port the container still declares, though by now it would not be derived any more. */
export function keptProbe(injected: unknown, container: Container): Probe | undefined {
  if (!isProbe(injected)) return undefined
  const { tcpSocket, periodSeconds } = injected
  const port = tcpPorts(container).find((declared) => declared === tcpSocket?.port)
  if (port === undefined) return undefined
  return { tcpSocket: { port }, ...(periodSeconds !== undefined && periodSeconds > 0 && { periodSeconds }) }
}

/** The port of a tcpSocket probe that stands as it was injected, though the container does not declare that port any more. */
export function stalePort(injected: unknown, container: Container): Port | undefined {
  const port = isProbe(injected) ? injected.tcpSocket?.port : undefined
  if (typeof port !== 'number' || container.readinessProbe?.tcpSocket?.port !== port) return undefined
  return copiedProbe(container) !== undefined || tcpPorts(container).includes(port) ? undefined : port
}
