import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigError } from '../config/config-error.ts'
import { type Flag, parseFlags } from '../config/flags.ts'
import { findLookConfig } from '../config/look-config.ts'
import { toKey } from '../config/problems.ts'
import { fileVersion } from '../engine/api.ts'
import { oneLine } from '../engine/text.ts'
import { isObject } from '../kube/shape.ts'
import { policies } from '../policies/index.ts'
import { withoutSuppressed } from '../report/counted.ts'
import type { Report } from '../report/report.ts'
import { reportSchema } from '../report/schema.ts'
import type { RunCommand } from './command.ts'
import { helpFlag, judgeFlags, reportFlags, shownFlags } from './look/look-flags.ts'
import { readOutput, writeReport } from './look/output.ts'
import { type Outside, processOutside } from './look/outside.ts'

/** The largest report that is read, in bytes. */
const largestReport = 256 * 1024 * 1024
/** How many problems of a report are named. */
const namedProblems = 20

const convertFlags: readonly Flag[] = [
  ...reportFlags.filter(({ name }) => ['format', 'report', 'color'].includes(name)),
  { name: 'hide-suppressed', description: 'leave out what an exemption or the baseline covers, as GitHub needs it' },
  ...judgeFlags.filter(({ name }) => ['config', 'no-config'].includes(name)),
  helpFlag
]

export const run: RunCommand = ({ args, environment }) => convert(args, processOutside(environment))

/** Writes a saved report in other formats. Returns 0, or 3 for what is no report. Throws ConfigError where it is wrongly asked. */
export async function convert(args: readonly string[], outside: Outside): Promise<number> {
  const flags = parseFlags(args, convertFlags)
  if (flags.values.has('help')) {
    await outside.write(`${help()}\n`)
    return 0
  }
  const [file, ...others] = flags.positionals
  if (file === undefined || others.length > 0)
    throw new ConfigError(['holdfast convert: name one report, or - for the standard input'])
  const output = readOutput(flags)
  const { config } = findLookConfig(policies, flags, outside.cwd)
  const read = await readReport(file, outside.cwd)
  if ('problems' in read) {
    const shown = file === '-' ? 'the standard input' : file
    for (const problem of read.problems) outside.note(oneLine(`${shown}: ${problem}`))
    return 3
  }
  const report = flags.values.has('hide-suppressed') ? withoutSuppressed(read.report) : read.report
  // What was found has had its exit code when it was found.
  await writeReport(report, output, { outside, policies, config })
  return 0
}

type Read = { report: Report } | { problems: readonly string[] }

async function readReport(file: string, cwd: string): Promise<Read> {
  let text: string | undefined
  try {
    text = await textOf(file === '-' ? process.stdin : createReadStream(resolve(cwd, file)))
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const known: Readonly<Record<string, string>> = { ENOENT: 'no such file', EISDIR: 'is a folder' }
    return { problems: [known[String(error.code)] ?? `cannot be read: ${String(error.code)}`] }
  }
  if (text === undefined) return { problems: [`larger than ${largestReport / 1024 / 1024} MiB`] }
  if (/^(?:\ufffd\ufffd|\0|.\0)/.test(text))
    return { problems: ['UTF-16 text, as PowerShell writes it with >; use --report json=<file>'] }
  try {
    return parseReport(JSON.parse(text.replace(/^\ufeff/, '')))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { problems: [text.trim() === '' ? 'is empty' : `not JSON: ${error.message}`] }
  }
}

/** The whole text; undefined if it is too large. */
async function textOf(stream: AsyncIterable<unknown>): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    size += bytes.length
    if (size > largestReport) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}

function parseReport(value: unknown): Read {
  const { apiVersion, kind } = isObject(value) ? value : {}
  const family = fileVersion.slice(0, fileVersion.indexOf('/') + 1)
  if (kind !== 'Report' || typeof apiVersion !== 'string' || !apiVersion.startsWith(family))
    return { problems: ['not a report, as holdfast lint --format json writes it'] }
  if (apiVersion !== fileVersion)
    return { problems: [`a report of ${apiVersion}; this version of Holdfast reads ${fileVersion}`] }
  const { success, data, error } = reportSchema.safeParse(value)
  if (success) return { report: data }
  const problems = error.issues.map(({ path, message }) => `${toKey(path)}: ${message}`)
  const more = problems.length - namedProblems
  return { problems: [...problems.slice(0, namedProblems), ...(more > 0 ? [`and ${more} more problems`] : [])] }
}

function help(): string {
  return `Writes a report in another format. It reads a report that --format json or --report json=<file> wrote; - is standard
input.

Usage: holdfast convert [flags] <report.json | ->

Examples:
  holdfast convert report.json --format markdown
  holdfast convert report.json --report junit=junit.xml --report gitlab=gl-code-quality-report.json
  holdfast convert report.json --hide-suppressed --format sarif > holdfast.sarif

Flags:
${shownFlags(convertFlags)}

Exit codes: 0 written, whatever the report holds; 2 the command line or the configuration is wrong; 3 the file cannot be
read, or is no report.`
}
