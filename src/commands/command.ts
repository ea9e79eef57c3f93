import type { Environment } from '../config/environment.ts'

export interface Invocation {
  args: readonly string[]
  environment: Environment
}

/** Runs a command to its end and gives the exit code: 0 done, 1 failed. Throws ConfigError where it is wrongly asked: 2. */
export type RunCommand = (invocation: Invocation) => Promise<number>
