import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { LookConfig } from '../../config/look-schema.ts'
import { didYouMean } from '../../engine/nearest.ts'
import type { ParsedFlags } from '../../config/flags.ts'
import { ConfigError } from '../../config/problems.ts'
import type { Policy } from '../../engine/policy.ts'
import { type FormatName, piecesIn } from '../../report/index.ts'
import type { FormatOptions, Report } from '../../report/report.ts'
import { readerLimits } from '../../report/reader-limits.ts'
import { exitCodeOf, type FailOn, failLevels } from '../../report/summary.ts'
import { formatNames } from './look-flags.ts'
import type { Outside } from './outside.ts'

/** Where a report goes, and what fails. */
export interface Output {
  format: FormatName
  /** Beside standard output. */
  files: readonly { format: FormatName; path: string }[]
  failOn: FailOn
  colour: 'auto' | 'always' | 'never'
  quiet: boolean
  verbose: boolean
}

/** Reads the flags of `reportFlags`. Throws ConfigError with every problem. */
export function readOutput({ values, given }: ParsedFlags): Output {
  const problems: string[] = []
  const files = given.flatMap(([name, value]) => {
    if (name !== 'report') return []
    const [format, path] = splitAt(value, '=')
    if (isFormat(format) && path !== '') return [{ format, path }]
    const wrong = isFormat(format)
      ? `write ${format}=FILE`
      : `${JSON.stringify(format)} is not one of ${formatNames.join(', ')}${didYouMean(format, formatNames)}`
    problems.push(`--report: ${wrong}`)
    return []
  })
  if (problems.length > 0) throw new ConfigError(problems)
  const colour = values.get('color') ?? 'auto'
  return {
    format: formatNames.find((name) => name === values.get('format')) ?? 'human',
    files,
    failOn: failLevels.find((level) => level === values.get('fail-on')) ?? 'required',
    colour: colour === 'always' || colour === 'never' ? colour : 'auto',
    quiet: values.has('quiet'),
    verbose: values.has('verbose')
  }
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function isFormat(name: string): name is FormatName {
  return formatNames.some((known) => known === name)
}

/**
 * Whether to write colours: by `--color`, else FORCE_COLOR, else NO_COLOR, else if standard output is a terminal that has them. An empty
 * variable is not set, as https://no-color.org has it.
 */
export function hasColour(
  { colour }: Pick<Output, 'colour'>,
  { environment, isTerminal }: Pick<Outside, 'environment' | 'isTerminal'>
): boolean {
  if (colour !== 'auto') return colour === 'always'
  const { FORCE_COLOR: force = '', NO_COLOR: none = '', TERM: terminal = '' } = environment
  if (force !== '') return force !== '0' && force !== 'false'
  return none === '' && isTerminal && terminal !== 'dumb'
}

/**
 * Writes the report everywhere, notes what its readers leave out, and returns the exit code: 0, 1 or 3, whatever the format. A file that
 * cannot be written is a ConfigError: the command was asked for what it cannot do.
 */
export async function writeReport(
  report: Report,
  output: Output,
  {
    outside,
    policies,
    config
  }: { outside: Outside; policies: readonly Policy[]; config: Pick<LookConfig, 'policyPages'> }
): Promise<number> {
  const { policyPages } = config
  const titles = new Map(policies.map(({ id, title }) => [id, title]))
  const options: Omit<FormatOptions, 'colour'> = {
    title: (policy) => titles.get(policy) ?? policy,
    ...(policyPages !== undefined && { page: (policy) => policyPages.replaceAll('{policy}', policy) })
  }
  const limits = new Set<string>()
  const send = async (format: FormatName, colour: boolean, write: (part: string) => Promise<unknown>) => {
    let length = 0
    for (const part of partsOf(piecesIn(format, report, { ...options, colour }))) {
      await write(part)
      length += part.length
    }
    for (const limit of readerLimits(format, report, length)) limits.add(limit)
  }
  await send(output.format, hasColour(output, outside), outside.write)
  const problems: string[] = []
  for (const { format, path } of output.files) {
    try {
      await using file = await open(resolve(outside.cwd, path), 'w')
      await send(format, false, (part) => file.write(part))
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error
      problems.push(`--report: ${path}: cannot be written: ${String(error.code)}`)
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  if (!output.quiet) for (const limit of limits) outside.note(limit)
  return exitCodeOf(report, output.failOn)
}

const partLength = 64 * 1024

/** Joins pieces to parts that are worth a write. */
function* partsOf(pieces: Iterable<string>): Generator<string, void> {
  let part = ''
  for (const piece of pieces) {
    part += piece
    if (part.length < partLength) continue
    yield part
    part = ''
  }
  if (part !== '') yield part
}
