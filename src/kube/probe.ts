import { tcpPorts } from './containers.ts'
import type { Container, PodSpec, Probe } from './pod.ts'

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

/**
 * A readiness probe that is sure to hold for a container that works: what its liveness or startup probe asks, else whether its only
 * declared TCP port accepts. On the host's network another process may hold that port, so nothing is derived from it there.
 */
export function derivedProbe(container: Container, { hostNetwork }: PodSpec, periodSeconds: number): Probe | undefined {
  const copy = copied(container.livenessProbe, container) ?? copied(container.startupProbe, container)
  if (copy !== undefined) return copy
  const [port, ...others] = tcpPorts(container)
  if (port === undefined || others.length > 0 || hostNetwork === true) return undefined
  return { tcpSocket: { port }, periodSeconds }
}
