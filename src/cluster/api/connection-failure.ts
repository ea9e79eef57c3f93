/** What Node says of a call that is wrong, and undici likewise. Of their codes only those of TLS are about a connection. */
const misuse = /^(ERR_(?!TLS_|SSL_|STREAM_PREMATURE_CLOSE)|UND_ERR_INVALID_|UND_ERR_NOT_SUPPORTED)/

/**
 * Whether all that happened is that the API server could not be reached, or that a connection to it broke: refused, reset, closed halfway,
 * no answer in time, a name that does not resolve, a certificate that is not trusted.
 */
export function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'TimeoutError') return true
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' && !misuse.test(code)
}
