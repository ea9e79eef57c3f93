import type { Api, Call } from '../cluster/api/api.ts'
import type { Term } from '../cluster/election/term.ts'

/**
 * The API server for as long as the term lasts. A process that was suspended past its end is stopped at its next request, for the clock
 * is looked at each time; what is under way then is given up.
 */
export function buildTermApi(api: Pick<Api, 'send'>, term: Term): Pick<Api, 'send'> {
  return {
    async send(call: Call) {
      if (!term.held) term.signal.throwIfAborted()
      return api.send({ ...call, signal: term.signal })
    }
  }
}
