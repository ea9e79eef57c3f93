import { sameJson, setValueAt } from '../kube/json.ts'
import type { JsonObject } from '../kube/shape.ts'
import { appendDocuments } from './append.ts'
import { type Parsed, parseByPackage, treeOf } from './document.ts'
import { applyInsertions, type Insertion } from './insertion.ts'
import { lineBreakAt } from './lines.ts'
import { type ObjectEdit, type Splice, spliceAdditions } from './plan.ts'
import { type Chunk, splitDocuments } from './split.ts'
import type { Refusal } from './spot.ts'

export type { Insertion } from './insertion.ts'
export type { Added, ObjectEdit } from './plan.ts'

export interface RefusedEdit extends Refusal {
  edit: ObjectEdit
}

export interface Edited {
  text: string
  /** In the order of the text. */
  insertions: readonly Insertion[]
  refused: readonly RefusedEdit[]
  /** Why no documents were added. */
  refusedDocuments?: Refusal
}

/**
 * Adds values to the objects of a file, and documents behind them, by insertions alone: every character of the old text stays, in its
 * order. An edit is refused if the new text would not be read as the old objects with the additions, and nothing else.
 */
export function editManifests(
  text: string,
  edits: readonly ObjectEdit[],
  documents: readonly JsonObject[] = []
): Edited {
  const { chunks, bad } = splitDocuments(text)
  const insertions: Insertion[] = []
  const refused: RefusedEdit[] = []
  const texts = chunks.map((chunk, document) => {
    const own = edits.filter((edit) => edit.document === document)
    const edited = editChunk(chunk, own)
    refused.push(...edited.refused)
    insertions.push(...edited.insertions.map((one) => ({ ...one, offset: one.offset + chunk.offset })))
    return applyInsertions(chunk.text, edited.insertions)
  })
  const appended = documents.length === 0 ? [] : appendDocuments(text, { chunks, isCut: bad !== undefined }, documents)
  if ('why' in appended)
    return { text: applyInsertions(text, insertions), insertions, refused, refusedDocuments: appended }
  const all = [...insertions, ...appended]
  const result = applyInsertions(text, all)
  const isWhole = isSplitInto(result, texts, documents)
  if (isWhole) return { text: result, insertions: all, refused }
  const why = 'the text would be split into other documents'
  return { text, insertions: [], refused: edits.map((edit) => ({ edit, why })), refusedDocuments: { why } }
}

/**
 * What single edits of the objects of a file insert, each by itself; nothing for one that is refused. A document is read once for all edits
 * that come one after another, and `read` may be faster than the package that checks what `fix` writes.
 */
export function buildInsertions(text: string, read: ReadDocument): (edit: ObjectEdit) => readonly Insertion[] {
  const { chunks } = splitDocuments(text)
  let last: { document: number; edit: (edits: readonly ObjectEdit[]) => EditedChunk } | undefined
  return (edit) => {
    const chunk = chunks[edit.document]
    if (chunk === undefined) return []
    if (last?.document !== edit.document) last = { document: edit.document, edit: chunkEditor(chunk, read) }
    const { insertions } = last.edit([edit])
    const edited = applyInsertions(chunk.text, insertions)
    if (!isSplitInto(edited, [edited], [])) return []
    return insertions.map((one) => ({ ...one, offset: one.offset + chunk.offset }))
  }
}

type ReadDocument = (text: string) => Parsed
type EditedChunk = Pick<Edited, 'insertions' | 'refused'>

function editChunk(chunk: Chunk, edits: readonly ObjectEdit[]): EditedChunk {
  return edits.length === 0 ? { insertions: [], refused: [] } : chunkEditor(chunk, parseByPackage)(edits)
}

/** Edits one document, which is read once. */
function chunkEditor(chunk: Chunk, read: ReadDocument): (edits: readonly ObjectEdit[]) => EditedChunk {
  const end = chunk.json !== undefined || chunk.text.endsWith('\n') ? '' : lineBreakAt(chunk.text, chunk.text.length)
  const text = chunk.text + end
  const { tree } = treeOf(text, { keepTokens: true })
  const value = valueIn(chunk.text, chunk.json, read)
  if (tree === undefined || value === undefined)
    return (edits) => ({ insertions: [], refused: edits.map((edit) => ({ edit, why: 'it cannot be read' })) })
  const plan = spliceAdditions({ text, tree }, value)
  return (edits) => {
    const refused: RefusedEdit[] = []
    const planned: Planned[] = []
    for (const edit of edits) {
      const spliced = plan(edit)
      if ('why' in spliced) refused.push({ edit, why: spliced.why })
      else planned.push({ edit, ...spliced })
    }
    const { kept, dropped } = sound({ chunk, end, value, read }, planned)
    refused.push(...dropped.map(({ edit }) => ({ edit, why: 'the text cannot take it without other changes' })))
    return { insertions: insertionsOf(kept, chunk.text, end), refused }
  }
}

/** An edit, with its splices and what the object then is. */
interface Planned {
  edit: ObjectEdit
  splices: readonly Splice[]
  patched: unknown
}

interface Original {
  chunk: Chunk
  end: string
  value: unknown
  read: ReadDocument
}

/** The edits after which the text is read as it has to be: all, or those for which that holds alone. */
function sound(
  original: Original,
  planned: readonly Planned[]
): { kept: readonly Planned[]; dropped: readonly Planned[] } {
  if (isSound(original, planned)) return { kept: planned, dropped: [] }
  const kept = planned.filter((one) => isSound(original, [one]))
  return isSound(original, kept)
    ? { kept, dropped: planned.filter((one) => !kept.includes(one)) }
    : { kept: [], dropped: planned }
}

function isSound({ chunk, end, value, read }: Original, planned: readonly Planned[]): boolean {
  let expected: unknown = value
  if (planned.length > 0) expected = structuredClone(value)
  for (const { edit, patched } of planned) {
    if (edit.at.length === 0) expected = patched
    else setValueAt(expected, edit.at, patched)
  }
  const insertions = insertionsOf(planned, chunk.text, end)
  const text = applyInsertions(chunk.text, insertions)
  const found = valueIn(text, chunk.json, read)
  return found !== undefined && sameJson(found, expected)
}

/** The value of a document as kubectl reads it; undefined if it cannot be read. */
function valueIn(text: string, json: unknown, read: ReadDocument): unknown {
  if (json === undefined) {
    const parsed = read(text)
    return parsed.outcome === 'read' && parsed.ignoredFrom === undefined ? parsed.value : undefined
  }
  const { chunks } = splitDocuments(text)
  return chunks.length === 1 ? chunks[0]?.json?.value : undefined
}

/** Splices in the order of the text. One behind a last line without an end takes the end that it needs in front of it. */
function insertionsOf(planned: readonly Planned[], text: string, end: string): Insertion[] {
  const splices = planned.flatMap((one) => one.splices)
  return splices
    .toSorted((one, other) => one.offset - other.offset || other.depth - one.depth)
    .map(({ offset, text: inserted }) => {
      if (offset <= text.length || end === '') return { offset, text: inserted }
      return { offset: text.length, text: end + inserted.slice(0, -end.length) }
    })
}

/** Whether a text is split into the documents that it has to have. */
function isSplitInto(text: string, expected: readonly string[], added: readonly JsonObject[]): boolean {
  const chunks = splitDocuments(text).chunks
  const isKept = expected.every((one, index) => one.trim() === '' || bare(chunks[index]?.text ?? '') === bare(one))
  return (
    isKept &&
    added.every((object, index) =>
      sameJson(valueIn(chunks.at(index - added.length)?.text ?? '', undefined, parseByPackage), object)
    )
  )
}

function bare(text: string): string {
  return text.replace(/\r?\n$/, '')
}
