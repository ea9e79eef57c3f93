import { type RequestListener, type Server, createServer } from 'node:http'
import { Server as HttpsServer, type ServerOptions, createServer as createTlsServer } from 'node:https'

/** PEM texts. With `ca`, only clients whose certificate it signed are served. */
export interface Tls {
  key: string
  cert: string
  ca?: string
}

/** How long connections and calls may take; milliseconds. */
export interface ConnectionLimits {
  /** How long a call may take, from its head to the last byte of its reply. */
  requestTimeoutMs: number
  /** Longer than the 90 s for which the API server keeps an idle connection: who closes first must not be us. */
  keepAliveTimeoutMs: number
  /** The last reply says `Connection: close`, so that the API server comes to spread its calls over new replicas. */
  maxRequestsPerSocket: number
}

/**
 * Every TLS option there is, since a certificate swap replaces them all: one left out, such as `ca`, would fall back to Node's
 * default. HTTP/1.1 only: the API server asks for nothing else, and HTTP/2 is slower in Node.
 */
function toTlsOptions({ key, cert, ca }: Tls): ServerOptions {
  const options = { key, cert, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'], handshakeTimeout: 10_000 } as const
  return ca === undefined ? options : { ...options, ca, requestCert: true, rejectUnauthorized: true }
}

/** A server that has yet to listen; plain HTTP without `tls`, which is for calls that are injected in tests. */
export function buildServer(handler: RequestListener, limits: ConnectionLimits, tls: Tls | undefined): Server {
  // Node's own limit counts from the opening of a connection until its first call is complete. The API server opens some in
  // advance, so ending them before idle ones would race with a call. A call that takes too long is ended by InFlight.
  const unused = Math.max(limits.keepAliveTimeoutMs, limits.requestTimeoutMs) + 1000
  const timeouts = { keepAliveTimeout: limits.keepAliveTimeoutMs, headersTimeout: unused, requestTimeout: unused }
  const server =
    tls === undefined
      ? createServer(timeouts, handler)
      : createTlsServer({ ...timeouts, ...toTlsOptions(tls) }, handler)
  server.maxRequestsPerSocket = limits.maxRequestsPerSocket
  return server
}

/** Serves new connections with another certificate; open ones keep theirs. Throws, and changes nothing, where the pair is unfit. */
export function swapCertificate(server: Server, tls: Tls): void {
  if (!(server instanceof HttpsServer)) throw new Error('a server without TLS has no certificate to swap')
  server.setSecureContext(toTlsOptions(tls))
}
