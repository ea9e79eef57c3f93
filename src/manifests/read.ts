import type { Place } from '../kube/json.ts'
import { isObject, type JsonObject } from '../kube/shape.ts'
import { checkedDepth, longestYaml, type Parsed, parseDocument, treeOf } from './document.ts'
import { type Position, positionsIn } from './lines.ts'
import { locate } from './locate.ts'
import { Outline } from './outline.ts'
import { type Chunk, splitDocuments } from './split.ts'
import { toWritten, type Written } from './written.ts'

export type { Position } from './lines.ts'

/** A part of the text of a file. `end` is behind its last character; the offset is that of `start`, in UTF-16 code units. */
export interface Range {
  start: Position
  end: Position
  offset: number
}

/** One object of a file; an item of a List is one, too. */
export interface Manifest {
  /** The object as kubectl would send it: plain JSON. `__proto__` is a key like others. */
  readonly value: JsonObject
  /** Which document of the file it is in, from 0: empty ones count, too. */
  readonly document: number
  /** Which item of a List it is, from 0. */
  readonly item?: number
  /** Where the object is in its document: empty if it is the whole document, `['items', 0]` for an item. */
  readonly at: Place
  /** The text of a field, or of its nearest parent that is there. The field is written as in findings. */
  locate(field: string): Range
}

/** Why a part of a file cannot be read: what is said of the file is then incomplete. */
export interface ReadProblem extends Partial<Position> {
  problem: string
}

/**
 * A document that is left out. `template`: a template, which is no YAML until it is rendered. `no-object`: it lacks an apiVersion or a
 * kind, as values and patches may. `ignored`: it follows a `...` line, behind which kubectl reads nothing.
 */
export interface Skipped extends Position {
  document: number
  reason: 'template' | 'no-object' | 'ignored'
}

export interface ReadFile {
  manifests: readonly Manifest[]
  problems: readonly ReadProblem[]
  skipped: readonly Skipped[]
}

/** Reads the objects of a file as kubectl does. Never throws: what cannot be read is a problem, and the rest is read all the same. */
export function readManifests(text: string): ReadFile {
  const positionOf = positionsIn(text)
  const { chunks, bad } = splitDocuments(text)
  const read: { manifests: Manifest[]; problems: ReadProblem[]; skipped: Skipped[] } = {
    manifests: [],
    problems: [],
    skipped: []
  }
  for (const [document, chunk] of chunks.entries()) {
    const skip = (reason: Skipped['reason'], offset: number) => {
      read.skipped.push({ document, reason, ...positionOf(chunk.offset + offset) })
    }
    const parsed = parse(chunk)
    if (parsed.outcome === 'unreadable') {
      read.problems.push({ ...positionOf(chunk.offset + parsed.flaw.offset), problem: parsed.flaw.problem })
    } else if (parsed.outcome === 'template') {
      skip('template', parsed.offset)
    } else {
      const objects = objectsIn(parsed.value)
      const outline = outlined(objects.length > 0 ? parsed.written : undefined, chunk)
      for (const object of objects)
        read.manifests.push(new ReadManifest(object, { document, chunk, positionOf, outline }))
      if (objects.length === 0 && parsed.value !== null) skip('no-object', chunk.text.search(/\S/))
      if (parsed.ignoredFrom !== undefined) skip('ignored', parsed.ignoredFrom)
    }
  }
  if (bad !== undefined) {
    const problem = `kubectl reads nothing but a comment behind ---, and here is ${JSON.stringify(bad.rest.slice(0, 40))}`
    read.problems.push({ ...positionOf(bad.offset), problem })
  }
  return read
}

/** A text without the word is no object, so it need not be parsed: folders hold much YAML and JSON for other tools. */
function parse({ text, json }: Chunk): Parsed {
  if (!text.includes('apiVersion')) return { outcome: 'read', value: /^(?:\s|\uFEFF|#.*)*$/.test(text) ? null : {} }
  return json === undefined ? parseDocument(text) : checkedDepth(json.value)
}

interface Found {
  value: JsonObject
  at: Place
  item?: number
}

/** The object that a document is, or those of its List. kubectl gives items of a DeploymentList its kind, where they state none. */
function objectsIn(value: unknown): Found[] {
  const found: Found[] = []
  const collect = (part: unknown, at: Place, isItem: boolean): void => {
    if (!isObject(part)) return
    const { apiVersion, kind, items } = part
    if (typeof apiVersion !== 'string' || typeof kind !== 'string' || apiVersion === '' || kind === '') return
    if (!kind.endsWith('List') || !Array.isArray(items)) {
      found.push({ value: part, at, ...(isItem && { item: found.length }) })
      return
    }
    const itemKind = kind.slice(0, -'List'.length)
    for (const [index, item] of items.entries()) {
      const isBare = itemKind !== '' && isObject(item) && item['kind'] === undefined
      collect(isBare ? { apiVersion, kind: itemKind, ...item } : item, [...at, 'items', index], true)
    }
  }
  collect(value, [], false)
  return found
}

class ReadManifest implements Manifest {
  readonly value: JsonObject
  readonly document: number
  readonly at: Place
  readonly item?: number
  readonly #chunk: Chunk
  readonly #positionOf: (offset: number) => Position
  readonly #outline: () => Outline | undefined

  constructor({ value, at, item }: Found, { document, chunk, positionOf, outline }: Source) {
    this.value = value
    this.document = document
    this.at = at
    if (item !== undefined) this.item = item
    this.#chunk = chunk
    this.#positionOf = positionOf
    this.#outline = outline
  }

  locate(field: string): Range {
    const outline = this.#outline()
    const { begin, end } = outline === undefined ? { begin: 0, end: 0 } : locate(outline, this.at, field)
    const offset = this.#chunk.offset + begin
    return { start: this.#positionOf(offset), end: this.#positionOf(this.#chunk.offset + end), offset }
  }
}

interface Source {
  document: number
  chunk: Chunk
  positionOf: (offset: number) => Position
  outline: () => Outline | undefined
}

/** The outline of a document; that of JSON is made when it is first asked for, because JSON is read without a tree. */
function outlined(written: Written | undefined, { text, json }: Chunk): () => Outline | undefined {
  let outline = written === undefined ? undefined : new Outline(written)
  return () => {
    if (outline === undefined && json !== undefined && text.length <= longestYaml) {
      const { tree } = treeOf(text)
      if (tree !== undefined) outline = new Outline(toWritten(tree.contents))
    }
    return outline
  }
}
