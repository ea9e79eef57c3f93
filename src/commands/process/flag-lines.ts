import type { Flag } from '../../config/flags.ts'
import { buildConfigSchema } from '../../config/schema.ts'
import { type Setting, settingsOf, toJsonSchema } from '../../config/settings.ts'
import type { Policy } from '../../engine/policy.ts'

function lineOf({ name, value, key, description }: Flag, settings: readonly Setting[]): string {
  const left = `--${name}${value === undefined ? '' : ` <${value}>`}`
  const fallback: unknown = settings.find((setting) => setting.key === key)?.schema.default
  const shown = fallback === undefined ? '' : ` (${JSON.stringify(fallback).replaceAll('"', '')})`
  return `  ${left.padEnd(24)} ${description}${shown}`
}

/** The flags of a command as its help has them, with defaults as the schema has them. */
export function flagLines(flags: readonly Flag[], policies: readonly Policy[]): string {
  const settings = settingsOf(toJsonSchema(buildConfigSchema(policies)))
  return flags.map((flag) => lineOf(flag, settings)).join('\n')
}
