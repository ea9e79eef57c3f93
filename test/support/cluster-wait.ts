import { setTimeout as wait } from 'node:timers/promises'

export type Patience = {
  readonly what: string
  readonly seconds: number
  /** Added to the error when the wait was in vain. */
  readonly details?: () => string
  /** Without it the pauses are short at first, and an eighth of what has passed later: most answers come from a kubectl. */
  readonly everyMilliseconds?: number
}

/** Asks until the answer is not undefined; throws when the time is up. An error of `ask` ends the wait at once. */
export async function waitFor<T>(patience: Patience, ask: () => Promise<T | undefined>): Promise<T> {
  const began = Date.now()
  const deadline = began + patience.seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) {
      throw new Error(`waited ${patience.seconds} s in vain for ${patience.what}\n${patience.details?.() ?? ''}`)
    }
    await wait(patience.everyMilliseconds ?? Math.min(Math.max((Date.now() - began) / 8, 50), 500))
  }
}
