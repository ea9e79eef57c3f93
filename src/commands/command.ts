import type { Environment } from '../config/environment.ts'

export interface Invocation {
  args: readonly string[]
  environment: Environment
}

/** Runs a command to its end and gives the exit code: 0 done, 1 failed, 2 wrongly asked (that one also by throwing ConfigError). */
export type RunCommand = (invocation: Invocation) => Promise<number>
