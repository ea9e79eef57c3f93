/** A part of a file that kubectl reads as one document. */
export interface Chunk {
  /** Where it begins in the text of the file, in UTF-16 code units. */
  offset: number
  text: string
  /** The value of a document in JSON. */
  json?: { value: unknown }
}

/** A line that looks as if it separated documents, and does not. */
export interface BadSeparator {
  offset: number
  /** What stands behind its `---`. */
  rest: string
}

/**
 * Splits the text of a file into documents, as kubectl does (YAMLReader and YAMLOrJSONDecoder of k8s.io/apimachinery/pkg/util/yaml): at
 * each line that begins with `---`, even within a text block. Nothing but a comment may follow on that line, and nothing after a bad
 * line is read. A text that begins with `{` is a sequence of JSON objects, if it can be read as one.
 */
export function splitDocuments(text: string): { chunks: readonly Chunk[]; bad?: BadSeparator } {
  const objects = /^\s*\{/.test(text) ? jsonObjects(text) : undefined
  if (objects !== undefined) return { chunks: objects }
  const chunks: Chunk[] = []
  let begin = 0
  for (let at = 0; at < text.length; at = endOfLine(text, at)) {
    if (!text.startsWith('---', at)) continue
    const end = endOfLine(text, at)
    const rest = text.slice(at + 3, end).trim()
    chunks.push({ offset: begin, text: text.slice(begin, at) })
    if (rest !== '' && !rest.startsWith('#')) return { chunks, bad: { offset: at, rest } }
    begin = end
  }
  chunks.push({ offset: begin, text: text.slice(begin) })
  return { chunks }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

/** The objects of a JSON text, which may hold several in a row as `jq` writes them; undefined if it is no such text. */
function jsonObjects(text: string): Chunk[] | undefined {
  const chunks: Chunk[] = []
  const notSpace = /\S/g
  for (let found = notSpace.exec(text); found !== null; found = notSpace.exec(text)) {
    const end = endOfObject(text, found.index)
    const source = text.slice(found.index, end)
    const json = parseJson(source)
    if (end === undefined || json === undefined) return undefined
    chunks.push({ offset: found.index, text: source, json })
    notSpace.lastIndex = end
  }
  return chunks
}

/** Where the object ends whose brace is at `begin`. */
function endOfObject(text: string, begin: number): number | undefined {
  if (text[begin] !== '{') return undefined
  let depth = 0
  for (let at = begin; at < text.length; at++) {
    const character = text[at]
    if (character === '{') depth++
    else if (character === '}' && --depth === 0) return at + 1
    else if (character === '"') at = endOfString(text, at)
  }
  return undefined
}

/** Where the closing quote is of the string whose opening quote is at `begin`. */
function endOfString(text: string, begin: number): number {
  let at = begin + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return { value }
  } catch {
    return undefined
  }
}
