import { constants } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Aborted, with its name, by the first signal that asks to end. Further ones say nothing new: npm passes on what the terminal has sent. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController()
  for (const name of signals) process.on(name, () => controller.abort(name))
  return controller.signal
}

/** A signal that came while another program was waited for is seen only after a turn of the event loop. */
export async function isInterrupted(interruption: AbortSignal): Promise<boolean> {
  await turn()
  return interruption.aborted
}

/** As a shell has it of a program that a signal ended. */
export function exitCodeOf({ reason }: AbortSignal): number {
  return 128 + constants.signals[reason as (typeof signals)[number]]
}
