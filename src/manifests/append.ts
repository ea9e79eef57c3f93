import type { JsonObject } from '../kube/shape.ts'
import { parseByPackage, treeOf } from './document.ts'
import { blockLines, type Indentation, indentationOf } from './fragment.ts'
import type { Insertion } from './insertion.ts'
import { lineBreakAt } from './lines.ts'
import type { Chunk } from './split.ts'
import type { Refusal } from './spot.ts'

interface File {
  chunks: readonly Chunk[]
  /** Whether kubectl reads nothing behind some line. */
  isCut: boolean
}

/** Adds documents at the end of a file, each behind a `---`. */
export function appendDocuments(
  text: string,
  { chunks, isCut }: File,
  objects: readonly JsonObject[]
): readonly Insertion[] | Refusal {
  if (chunks.some(({ json }) => json !== undefined)) return { why: 'JSON has no further documents' }
  if (isCut) return { why: 'kubectl does not read the file to its end' }
  if (chunks.some((chunk) => parseByPackage(chunk.text).outcome !== 'read'))
    return { why: 'a document of the file cannot be read' }
  const lineBreak = lineBreakAt(text, text.length)
  const last = chunks.at(-1)
  const isOpen = chunks.length > 1 && last?.text.trim() === ''
  const begin = text === '' || text.endsWith('\n') ? '' : lineBreak
  const indentation = indentationIn(chunks)
  const documents = objects.map((object) =>
    blockLines(object, indentation)
      .map((line) => line + lineBreak)
      .join('')
  )
  const separator = `---${lineBreak}`
  return [{ offset: text.length, text: begin + (isOpen ? '' : separator) + documents.join(separator) }]
}

/** As the last document is indented. */
function indentationIn(chunks: readonly Chunk[]): Indentation {
  const text = chunks.findLast((chunk) => chunk.text.trim() !== '')?.text ?? ''
  const { tree } = treeOf(text, { keepTokens: true })
  return tree === undefined ? { step: 2, listStep: 0 } : indentationOf(tree, text)
}
