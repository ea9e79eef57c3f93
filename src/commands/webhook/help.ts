import type { Flag } from '../../config/flags.ts'
import { buildConfigSchema } from '../../config/schema.ts'
import { type Setting, settingsOf, toJsonSchema } from '../../config/settings.ts'
import { webhookFlags } from '../../config/webhook-flags.ts'
import type { Policy } from '../../engine/policy.ts'

function lineOf({ name, value, key, description }: Flag, settings: readonly Setting[]): string {
  const left = `--${name}${value === undefined ? '' : ` <${value}>`}`
  const fallback: unknown = settings.find((setting) => setting.key === key)?.schema.default
  const shown = fallback === undefined ? '' : ` (${JSON.stringify(fallback).replaceAll('"', '')})`
  return `  ${left.padEnd(24)} ${description}${shown}`
}

/** The help of the command, with defaults as the schema has them. */
export function webhookHelp(policies: readonly Policy[]): string {
  const settings = settingsOf(toJsonSchema(buildConfigSchema(policies)))
  const flags = webhookFlags.map((flag) => lineOf(flag, settings)).join('\n')
  return `Answers the admission reviews of an API server: POST /mutate and /validate/{audit,warn,enforce} over HTTPS.
Health and metrics are on a port of their own: /livez, /readyz and /metrics over plain HTTP.

Usage: holdfast webhook --certificate <file> --key <file> [flags]
       holdfast webhook --standalone [flags]

Flags:
${flags}

Every setting also has a key in the configuration file and a variable: server.port is HOLDFAST_SERVER_PORT, the file
itself HOLDFAST_CONFIG. A flag goes before a variable, that before the file. docs/configuration.md has them all.

Exit codes: 0 stopped by SIGTERM or SIGINT, 1 failed, 2 the command line or the configuration is wrong.`
}
