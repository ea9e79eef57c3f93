import { parseArgs } from 'node:util'
import { didYouMean } from '../engine/nearest.ts'
import { ConfigError } from './problems.ts'

/** A flag of the command line; with a `key` it sets that key of the configuration. */
export interface Flag {
  name: string
  /** One letter, to be given with one dash. */
  short?: string
  /** What stands for its value in the help; none: it takes no value. */
  value?: string
  /** The only values. */
  choices?: readonly string[]
  key?: string
  description: string
}

export interface ParsedFlags {
  /** Every flag that the command has. */
  declared: readonly Flag[]
  /** Flags and their values; without a value the empty string. */
  values: ReadonlyMap<string, string>
  /** The flags that are given, in order: one that is given twice is there twice. */
  given: readonly (readonly [name: string, value: string])[]
  positionals: readonly string[]
}

function optionsOf(flags: readonly Flag[]) {
  return Object.fromEntries(
    flags.map(({ name, value, short = name === 'help' ? 'h' : undefined }) => {
      const type = value === undefined ? ('boolean' as const) : ('string' as const)
      return [name, short === undefined ? { type } : { type, short }]
    })
  )
}

function problemOf(
  flags: readonly Flag[],
  rawName: string,
  name: string,
  value: string | undefined
): string | undefined {
  const flag = flags.find((candidate) => candidate.name === name)
  if (flag === undefined) {
    const near = didYouMean(
      name,
      flags.map((candidate) => candidate.name)
    ).replace('mean ', 'mean --')
    return `${rawName}: no such flag${near}`
  }
  if (flag.value === undefined) return value === undefined ? undefined : `${rawName}: takes no value`
  if (value === undefined || value === '' || value.startsWith('--')) return `${rawName}: needs a value`
  const { choices } = flag
  if (choices === undefined || choices.includes(value)) return undefined
  return `${rawName}: ${JSON.stringify(value)} is not one of ${choices.join(', ')}${didYouMean(value, choices)}`
}

/** Reads a command line. If a flag is given twice, the last one counts. Throws ConfigError with every problem. */
export function parseFlags(args: readonly string[], flags: readonly Flag[]): ParsedFlags {
  const { tokens } = parseArgs({
    args: [...args],
    options: optionsOf(flags),
    strict: false,
    allowPositionals: true,
    tokens: true
  })
  const options = tokens.filter((token) => token.kind === 'option')
  const problems = options.flatMap(({ rawName, name, value }) => problemOf(flags, rawName, name, value) ?? [])
  if (problems.length > 0) throw new ConfigError(problems)
  const given = options.map(({ name, value }) => [name, value ?? ''] as const)
  return {
    declared: flags,
    values: new Map(given),
    given,
    positionals: tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  }
}

/** Throws ConfigError if a command that takes only flags gets another argument. */
export function refusePositionals({ positionals }: ParsedFlags): void {
  if (positionals.length > 0) throw new ConfigError(positionals.map((given) => `${given}: not a flag`))
}
