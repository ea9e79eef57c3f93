import { controllerFlags } from '../../config/controller-flags.ts'
import { injectEnabled, injectKey, modeKey } from '../../engine/api.ts'
import type { Policy } from '../../engine/policy.ts'
import { flagLines } from '../process/flag-lines.ts'

/** The help of the command. */
export function controllerHelp(policies: readonly Policy[]): string {
  return `Keeps a PodDisruptionBudget, its companion, for each workload that should have one, in namespaces with the labels
${injectKey}=${injectEnabled} and ${modeKey}=warn or enforce. With certificates.mode: self-managed, the default
in a pod, it also keeps the webhook's certificates. Several may run: the holder of the Lease writes.
Health and metrics: /livez, /readyz and /metrics over plain HTTP.

Usage: holdfast controller [flags]

Flags:
${flagLines(controllerFlags, policies)}

Every setting also has a key in the configuration file and a variable: server.healthPort is HOLDFAST_SERVER_HEALTH_PORT,
the file itself HOLDFAST_CONFIG. A flag goes before a variable, that before the file. See docs/configuration.md.

Exit codes: 0 stopped by SIGTERM or SIGINT, 1 failed, 2 the command line or the configuration is wrong,
130 or 143 a signal before it had begun.`
}
