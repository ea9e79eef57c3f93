import { readFileSync, statSync } from 'node:fs'
import { isCollection, isNode, isPair, isScalar, LineCounter, parseDocument } from 'yaml'
import { ConfigError } from './problems.ts'

const largestFile = 1024 * 1024
const mostAliases = 100
const mostProblems = 5

function readText(path: string, file: string): string {
  try {
    if (statSync(path).size > largestFile) throw new ConfigError([`${file}: larger than 1 MiB`])
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
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

/** A configuration file, and where in it things are. */
export interface ConfigFile {
  /** What it says; an empty one says nothing. */
  content: unknown
  /** The line and column, `7:3`, of a key or a list item, or of its nearest parent that is there. */
  placeOf: (path: readonly PropertyKey[]) => string
}

/** Reads a YAML text as a plain value. Keys that appear twice, unknown tags and bombs of aliases are errors. */
function parseYaml(file: string, text: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems = [...document.errors, ...document.warnings].slice(0, mostProblems).map((problem) => {
    const { line, col } = lines.linePos(problem.pos[0])
    return `${file}:${line}:${col}: ${problemText(problem)}`
  })
  if (problems.length > 0) throw new ConfigError(problems)
  try {
    const content: unknown = document.toJS({ maxAliasCount: mostAliases }) ?? {}
    const placeOf = (path: readonly PropertyKey[]) => {
      const { line, col } = lines.linePos(offsetOf(document.contents, path))
      return `${line}:${col}`
    }
    return { content, placeOf }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new ConfigError([`${file}: ${error.message}`])
  }
}

function offsetOf(root: unknown, path: readonly PropertyKey[]): number {
  let node = root
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const token of path) {
    const items = isCollection(node) ? node.items : []
    const item = typeof token === 'number' ? items[token] : items.find((one) => isPair(one) && keyOf(one) === token)
    const at = isPair(item) ? item.key : item
    if (!isNode(at)) break
    offset = at.range?.[0] ?? offset
    node = isPair(item) ? item.value : item
  }
  return offset
}

function keyOf({ key }: { key: unknown }): unknown {
  return isScalar(key) ? key.value : undefined
}

/** Reads a configuration file, which errors call `name`. Throws ConfigError, which names the line. */
export function readConfigFile(path: string, name = path): ConfigFile {
  return parseYaml(name, readText(path, name))
}
