import { ApiError } from '../api/api-error.ts'
import { isConnectionFailure } from '../api/connection-failure.ts'

/**
 * Whether a watch that failed goes on from the last version. What says nothing about the version lets it: a connection that failed, a
 * server that is overloaded or not ready. Everything else takes a list: an expired version or one of the future, a refusal, which may mean
 * that the resource or the right is gone, a line that makes no sense, a bug. So does an error that comes as an event: it is about what the
 * server has to tell from this version on, and would come again.
 *
 * This is the rule of client-go (tools/cache/reflector.go, `watch`, v0.36.3) with one difference. There a 5xx in opening a watch takes a
 * list, too; here it does not, because behind a load balancer a restart of the API server looks like 502 or 503.
 */
export function canResume(error: unknown, opened: boolean): boolean {
  if (!(error instanceof ApiError)) return isConnectionFailure(error)
  return error.status === 429 || (error.status >= 500 && !opened && !isTooLarge(error))
}

/** The server has not come to our version yet, as after a restore from a backup. Old servers say it in words only. */
function isTooLarge({ causes, message }: ApiError): boolean {
  return causes.includes('ResourceVersionTooLarge') || message.includes('Too large resource version')
}
