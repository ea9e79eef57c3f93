import { type Flag, type ParsedFlags, parseFlags, refusePositionals } from '../../config/flags.ts'
import { buildConfigSchema } from '../../config/schema.ts'
import { type Setting, settingsOf, toJsonSchema } from '../../config/settings.ts'
import type { Policy } from '../../engine/policy.ts'
import { versionLine } from '../own-version.ts'

/** The flags of a command line; undefined where `--help` or `--version` is one of them, which it prints. Throws ConfigError. */
export function parseCommandFlags(
  args: readonly string[],
  declared: readonly Flag[],
  help: () => string
): ParsedFlags | undefined {
  const flags = parseFlags(args, declared)
  refusePositionals(flags)
  if (!flags.values.has('help') && !flags.values.has('version')) return flags
  console.log(flags.values.has('help') ? help() : versionLine)
  return undefined
}

/** The flags of a command as its help has them, with defaults as the schema has them. */
export function flagLines(flags: readonly Flag[], policies: readonly Policy[]): string {
  const settings = settingsOf(toJsonSchema(buildConfigSchema(policies)))
  return flags.map((flag) => lineOf(flag, settings)).join('\n')
}

function lineOf({ name, value, key, description }: Flag, settings: readonly Setting[]): string {
  const left = `--${name}${value === undefined ? '' : ` <${value}>`}`
  const fallback: unknown = settings.find((setting) => setting.key === key)?.schema.default
  const shown = fallback === undefined ? '' : ` (${JSON.stringify(fallback).replaceAll('"', '')})`
  return `  ${left.padEnd(24)} ${description}${shown}`
}
