import type { Environment } from '../config/environment.ts'

export interface Invocation {
  args: readonly string[]
  environment: Environment
}

/** Runs a command to its end and returns the exit code: 0 done, 1 failed. Throws ConfigError for wrong arguments: 2. */
export type RunCommand = (invocation: Invocation) => Promise<number>
