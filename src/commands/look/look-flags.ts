import type { Flag, ParsedFlags } from '../../config/flags.ts'
import { ConfigError } from '../../config/problems.ts'
import { profileNames } from '../../engine/api.ts'
import { type FormatName, formats } from '../../report/index.ts'
import { failLevels } from '../../report/summary.ts'

/** Which configuration applies. */
export const configFlags: readonly Flag[] = [
  { name: 'config', value: 'file', description: 'use this file instead of the nearest .holdfast.yaml' },
  { name: 'no-config', description: 'read no .holdfast.yaml' }
]

/** What every command has that only looks: what files are judged by. */
export const judgeFlags: readonly Flag[] = [
  { name: 'profile', value: 'name', choices: profileNames, description: `${profileNames.join(', ')} (standard)` },
  { name: 'server-version', value: '1.33', description: 'the version of the API server (1.36)' },
  { name: 'namespace', short: 'n', value: 'name', description: 'the namespace of objects that name none (default)' },
  { name: 'facts', value: 'file', description: 'use the objects that holdfast facts saved from a cluster' },
  { name: 'partial', description: 'treat what the files do not contain as unknown, not as absent' },
  ...configFlags
]

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object literal has no keys but those of its type
export const formatNames = Object.keys(formats) as readonly FormatName[]
export const colourModes = ['auto', 'always', 'never'] as const

/** How the report is written, and what fails. */
export const reportFlags: readonly Flag[] = [
  { name: 'format', value: 'name', choices: formatNames, description: `${formatNames.join(', ')} (human)` },
  { name: 'report', value: 'name=file', description: 'also write the report to a file; may be repeated' },
  {
    name: 'fail-on',
    value: 'level',
    choices: failLevels,
    description: 'the lowest severity that exits 1: required, advised, unknown, never (required)'
  },
  { name: 'color', value: 'when', choices: colourModes, description: 'auto, always, never (auto)' },
  { name: 'quiet', short: 'q', description: 'no notes' },
  { name: 'verbose', short: 'v', description: 'also say which configuration applies, and what is left out' }
]

export const helpFlag: Flag = { name: 'help', short: 'h', description: 'print this help' }

/** The namespace of objects that name none. Throws ConfigError if it cannot be one. */
export function namespaceOf({ values }: ParsedFlags): string {
  return validNamespace(values.get('namespace') ?? 'default')
}

/** Throws ConfigError if no namespace can have the name. */
export function validNamespace(name: string): string {
  if (/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return name
  throw new ConfigError([`--namespace: ${JSON.stringify(name)} is not the name of a namespace`])
}

/** The paths that a command is given. Throws ConfigError for an empty one, which a variable that is not set leaves. */
export function pathsOf({ positionals }: ParsedFlags): readonly string[] {
  if (positionals.includes('')) throw new ConfigError(['one path is empty; leave it out for the working directory'])
  return positionals
}

/** The flags of a command as its help has them. */
export function shownFlags(flags: readonly Flag[]): string {
  return flags
    .map(({ name, short, value, description }) => {
      const left = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`
      return `  ${left.padEnd(28)} ${description}`
    })
    .join('\n')
}
