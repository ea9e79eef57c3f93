import { networkInterfaces } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { StartFailure } from './run-process.ts'

/** Every address of the machine. `::` takes IPv4 too, but cannot be bound where the kernel has no IPv6. */
export function anyAddress(interfaces = networkInterfaces()): string {
  const hasIpv6 = Object.values(interfaces).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'))
  return hasIpv6 ? '::' : '0.0.0.0'
}

/** `127.0.0.1:8443`, `[::1]:8443`. */
export function toAuthority(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'no permission to use the port',
  EADDRNOTAVAIL: 'the machine has no such address',
  EAFNOSUPPORT: 'the machine does not support this kind of address'
}

/** Listens, and returns the authority of URLs. Throws StartFailure where the port cannot be had. */
export async function listen(app: FastifyInstance, address: string, port: number): Promise<string> {
  try {
    await app.listen({ host: address, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const reason = reasons[code]
    if (reason === undefined) throw error
    throw new StartFailure(`cannot listen on ${toAuthority(address, port)}: ${reason}`)
  }
  const bound = app.server.address()
  return toAuthority(address, typeof bound === 'object' && bound !== null ? bound.port : port)
}
