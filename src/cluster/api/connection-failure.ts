/** Of the system and its resolver, of undici, and of TLS. */
const codes = [
  /^E(CONN|HOST|NET)[A-Z]+$/,
  /^(EPIPE|ETIMEDOUT|EPROTO|ENOTCONN|ENOTFOUND|EADDRNOTAVAIL|EAI_[A-Z]+|ERR_STREAM_PREMATURE_CLOSE)$/,
  /^UND_ERR_(SOCKET|CLOSED|DESTROYED|ABORTED|INFO|PRX_[A-Z]+|[A-Z]+_TIMEOUT)$/,
  /^(ERR_(TLS|SSL)|CERT|CRL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)_/
]

/**
 * Whether all that happened is that a server could not be reached, or that a connection to it broke: refused, reset, closed halfway, no
 * answer in time, a name that does not resolve, a certificate that is not trusted.
 */
export function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'TimeoutError') return true
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' && codes.some((pattern) => pattern.test(code))
}
