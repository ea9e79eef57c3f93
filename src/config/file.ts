import { readFileSync, statSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import { ConfigError } from './problems.ts'

const largestFile = 1024 * 1024
const mostAliases = 100
const mostFaults = 5

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
  if (code === 'EACCES') return 'no right to read it'
  if (code === 'EISDIR') return 'a directory, not a file'
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'not UTF-8 text'
  return `cannot be read: ${String(code ?? error)}`
}

function faultText({ code, message }: { code: string; message: string }): string {
  if (code === 'DUPLICATE_KEY') return 'the same key twice'
  if (code === 'MULTIPLE_DOCS') return 'more than one document'
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply'
  return message.slice(0, 200)
}

/** The plain value of a YAML text. Keys that appear twice, unknown tags and bombs of aliases are errors. */
function parseYaml(file: string, text: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const faults = [...document.errors, ...document.warnings].slice(0, mostFaults).map((fault) => {
    const { line, col } = lines.linePos(fault.pos[0])
    return `${file}:${line}:${col}: ${faultText(fault)}`
  })
  if (faults.length > 0) throw new ConfigError(faults)
  try {
    return document.toJS({ maxAliasCount: mostAliases })
  } catch (error) {
    throw new ConfigError([`${file}: ${error instanceof Error ? error.message : String(error)}`])
  }
}

/** What a configuration file says; an empty one says nothing. */
export function readConfigFile(file: string): unknown {
  return parseYaml(file, readText(file)) ?? {}
}
