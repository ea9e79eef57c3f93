import type { ParsedFlags } from '../config/flags.ts'
import { ConfigError } from '../config/problems.ts'

/** Throws ConfigError where a command that takes only flags is given something else. */
export function refusePositionals({ positionals }: ParsedFlags): void {
  if (positionals.length > 0) throw new ConfigError(positionals.map((given) => `${given}: not a flag`))
}
