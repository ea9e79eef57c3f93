/** How many admission calls are made meanwhile. */
export const callsPerSecond = 50

/** What is done to Holdfast itself, one after the other. */
export const phaseNames = [
  'nothing, for ten seconds',
  'rolling restart of the webhook',
  'rolling restart of the controller',
  'drain of all its pods',
  'another certificate authority',
  'the old authority leaves'
] as const
export type PhaseName = (typeof phaseNames)[number]

/** What clients of the API server saw while something was done to Holdfast itself. */
export interface Phase {
  readonly what: PhaseName
  /** Those that began in it, whenever they ended. */
  readonly calls: number
  /** Calls that were due and not made: too many had no answer yet. */
  readonly skipped: number
  readonly failed: number
  /** The first few. */
  readonly failures: readonly string[]
  readonly slowestMs: number
  readonly seconds: number
}
