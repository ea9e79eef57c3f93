import { isObject } from '../../kube/shape.ts'

const longestMessage = 500
/** A longer wait is a mistake, or a proxy's; and timers take no more than 24 days. */
const longestRetrySeconds = 60

function textOf(status: unknown, key: string): string {
  const value = isObject(status) ? status[key] : undefined
  return typeof value === 'string' ? value : ''
}

function secondsOf(status: unknown): number | undefined {
  const details = isObject(status) ? status['details'] : undefined
  const seconds = isObject(details) ? details['retryAfterSeconds'] : undefined
  return typeof seconds === 'number' && seconds > 0 ? seconds : undefined
}

function causesOf(status: unknown): readonly string[] {
  const details = isObject(status) ? status['details'] : undefined
  const causes = isObject(details) ? details['causes'] : undefined
  return Array.isArray(causes) ? causes.map((cause) => textOf(cause, 'reason')) : []
}

export interface FailedAnswer {
  /** What was asked, for the message. */
  asked: string
  code: number
  /** What came with it: a `Status` of the API server, or what a proxy on the way says. */
  status: unknown
  retryAfter?: string | undefined
}

/** An unsuccessful answer of the API server. The message has the request and what the server says about it. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  /** What the server says about it; empty where it says nothing. */
  readonly said: string
  /** In one word, such as `NotFound` or `Expired`; empty where the server gives none. */
  readonly reason: string
  /** The same for its details, such as `ResourceVersionTooLarge`; usually there are none. */
  readonly causes: readonly string[]
  /** How long the server asks to wait, a minute at most. */
  readonly retryAfterSeconds: number | undefined

  constructor({ asked, code, status, retryAfter = '' }: FailedAnswer) {
    const said = textOf(status, 'message').slice(0, longestMessage).toWellFormed()
    super(`${asked} answered ${code}${said === '' ? '' : `: ${said}`}`)
    this.status = code
    this.said = said
    this.reason = textOf(status, 'reason')
    this.causes = causesOf(status)
    const seconds = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : secondsOf(status)
    this.retryAfterSeconds = seconds === undefined ? undefined : Math.min(seconds, longestRetrySeconds)
  }
}

/** Whether the API server answered with one of these HTTP statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): error is ApiError {
  return error instanceof ApiError && statuses.includes(error.status)
}
