import { InvalidReview } from '../admission/answer.ts'
import { BadBody } from './json-body.ts'

/** A reply that is no AdmissionReview: what the API server does with it is up to `failurePolicy`. */
export interface ErrorReply {
  status: number
  text: string
  outcome: 'invalid' | 'error'
}

const internal: ErrorReply = { status: 500, text: 'internal error', outcome: 'error' }

/** Whose fault an error is: the caller's, who is told what to mend, or ours, of which nothing leaves the log. */
export function toErrorReply(error: unknown, bodyBytes: number): ErrorReply {
  if (error instanceof InvalidReview || error instanceof BadBody) return invalid(400, error.message)
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return invalid(413, `the body is over the limit of ${bodyBytes} bytes`)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return invalid(415, 'the content type is not application/json')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalid(400, 'the body is not as long as its Content-Length says')
    // The client went away, or never sent all of the body: nobody reads this.
    case 'ECONNRESET':
      return invalid(400, 'the body is incomplete')
    default:
      return internal
  }
}

function invalid(status: number, text: string): ErrorReply {
  return { status, text, outcome: 'invalid' }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
