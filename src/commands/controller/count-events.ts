import type { Logger } from 'pino'
import type { EventRecorderOptions } from '../../companion/event-recorder.ts'
import type { EventResult } from '../../companion/metrics.ts'

/** Counts what becomes of the Events of a recorder, and logs why one was not written. */
export function countEvents(
  metrics: { recorded: (result: EventResult) => void },
  log: Logger
): EventRecorderOptions['onResult'] {
  return (result, err) => {
    metrics.recorded(result)
    if (err !== undefined) log.debug({ err }, 'an event was not written')
  }
}
