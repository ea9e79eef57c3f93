import { readFileSync, statSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import { ConfigError } from './problems.ts'

const largestFile = 1024 * 1024
const mostAliases = 100
const mostProblems = 5

function readText(file: string): string {
  try {
    if (statSync(file).size > largestFile) throw new ConfigError([`${file}: larger than 1 MiB`])
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError([`${file}: ${reasonOf(error)}`])
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EACCES') return 'permission denied'
  if (code === 'EISDIR') return 'a directory, not a file'
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'not UTF-8 text'
  return `cannot be read: ${String(code ?? error)}`
}

function problemText({ code, message }: { code: string; message: string }): string {
  if (code === 'DUPLICATE_KEY') return 'duplicate key'
  if (code === 'MULTIPLE_DOCS') return 'more than one document'
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply'
  return message.slice(0, 200)
}

/** The plain value of a YAML text. Keys that appear twice, unknown tags and bombs of aliases are errors. */
function parseYaml(file: string, text: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems = [...document.errors, ...document.warnings].slice(0, mostProblems).map((problem) => {
    const { line, col } = lines.linePos(problem.pos[0])
    return `${file}:${line}:${col}: ${problemText(problem)}`
  })
  if (problems.length > 0) throw new ConfigError(problems)
  try {
    return document.toJS({ maxAliasCount: mostAliases })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new ConfigError([`${file}: ${error.message}`])
  }
}

/** What a configuration file says; an empty one says nothing. */
export function readConfigFile(file: string): unknown {
  return parseYaml(file, readText(file)) ?? {}
}
