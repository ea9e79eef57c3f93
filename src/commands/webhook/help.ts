import { webhookFlags } from '../../config/webhook-flags.ts'
import type { Policy } from '../../engine/policy.ts'
import { flagLines } from '../process/flag-lines.ts'

/** The help of the command. */
export function webhookHelp(policies: readonly Policy[]): string {
  return `Answers the admission reviews of an API server: POST /mutate and /validate/{audit,warn,enforce} over HTTPS.
Health and metrics are on a port of their own: /livez, /readyz and /metrics over plain HTTP.

Usage: holdfast webhook --certificate <file> --key <file> [flags]
       holdfast webhook --standalone [flags]

Flags:
${flagLines(webhookFlags, policies)}

Every setting also has a key in the configuration file and a variable: server.port is HOLDFAST_SERVER_PORT, the file
itself HOLDFAST_CONFIG. A flag goes before a variable, that before the file. docs/configuration.md has them all.

Exit codes: 0 stopped by SIGTERM or SIGINT, 1 failed, 2 the command line or the configuration is wrong,
130 or 143 a signal before it had begun.`
}
