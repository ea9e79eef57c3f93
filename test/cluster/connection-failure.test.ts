import t from 'tap'
import { isConnectionFailure } from '../../src/cluster/api/connection-failure.ts'

const failures = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPROTO',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_ABORTED',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_PRX_TLS',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_STREAM_PREMATURE_CLOSE',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
]
const others = ['ENOENT', 'EACCES', 'ERR_INVALID_ARG_TYPE', 'UND_ERR_INVALID_ARG', 'FST_ERR_BAD_STATUS_CODE', 7]

const withCode = (code: unknown) => Object.assign(new Error('it failed'), { code })

void t.test('what happens to connections is told from everything else', (test) => {
  for (const code of failures) test.ok(isConnectionFailure(withCode(code)), code)
  for (const code of others) test.notOk(isConnectionFailure(withCode(code)), String(code))
  test.ok(isConnectionFailure(new DOMException('no answer within 30 s', 'TimeoutError')))
  test.notOk(isConnectionFailure(new DOMException('stopped', 'AbortError')))
  for (const error of [new Error('a bug'), new SyntaxError('no JSON'), { code: 'ECONNRESET' }, undefined])
    test.notOk(isConnectionFailure(error))
  test.end()
})
