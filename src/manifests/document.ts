import {
  type Document,
  isAlias,
  isCollection,
  isPair,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Scalar,
  type YAMLError
} from 'yaml'
import { kubectlSchema } from './kubectl-schema.ts'
import { indentingTab } from './indenting-tab.ts'
import { isMergeable, isMergeKey } from './merge-key.ts'
import { readUsual } from './usual-yaml.ts'
import { toWritten, type Written } from './written.ts'

/** A document as the parser holds it: every node has the range of its text, and with `keepTokens` its token. */
export type Tree = Document.Parsed

/** What is wrong with a document, and where in its text, in UTF-16 code units. */
export interface Flaw {
  offset: number
  problem: string
}

/** What the text of one document holds. */
export type Parsed =
  | {
      outcome: 'read'
      value: unknown
      /** Where text follows the end of the document, which kubectl does not read. */
      ignoredFrom?: number
      /** Undefined where nothing is written, and for JSON. It takes more memory than its outline: not to be kept. */
      written?: Written
    }
  | { outcome: 'template'; offset: number }
  | { outcome: 'unreadable'; flaw: Flaw }

/** Longer YAML would take gigabytes to parse. JSON takes far less. */
export const longestYaml = 8 * 1024 * 1024
const mostAliases = 1000
/** The most values of a document whose aliases are written out. go-yaml refuses documents that are mostly aliases, too. */
const mostValues = 400_000
/** That are one within another. */
const mostMerges = 16
const deepest = 1000

/** Parses the text of one document, as kubectl reads it. Never throws. */
export function parseDocument(text: string): Parsed {
  const usual = text.length > longestYaml ? undefined : readUsual(text)
  return usual === undefined ? parseByPackage(text) : { outcome: 'read', value: usual.value, written: usual }
}

/** Parses a document, however it is written, by the package `yaml`. */
export function parseByPackage(text: string): Parsed {
  if (text.length > longestYaml)
    return unreadable(0, 'more than 8 MiB of YAML in one document; write it as JSON, or split it')
  const { tree, next } = treeOf(text)
  if (tree === undefined) return { outcome: 'read', value: null }
  const [error] = tree.errors
  if (error !== undefined) return templateIn(text) ?? { outcome: 'unreadable', flaw: flawOf(error) }
  const read = valueOf(tree)
  if (read.outcome !== 'read') return read
  const tab = indentingTab(text.slice(0, next), tree.contents)
  if (tab !== undefined) return unreadable(tab, 'a tab indents this line; kubectl reads no tab there')
  return { ...read, written: toWritten(tree.contents), ...(next !== undefined && { ignoredFrom: next }) }
}

/** The tree of the first document in a text, undefined for an empty one, and where a second one begins, which kubectl ignores. */
export function treeOf(text: string, { keepTokens = false } = {}): { tree: Tree | undefined; next?: number } {
  const [tree, second] = parseAllDocuments(text, {
    schema: kubectlSchema(),
    version: '1.1',
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
    keepSourceTokens: keepTokens
  })
  return { tree, ...(second !== undefined && { next: second.range[0] }) }
}

/** Whether a text that is no YAML is a template of one: it has an action at the beginning of a line, or as a value. */
function templateIn(text: string): Parsed | undefined {
  const action = /^[ \t]*(?:- +)?\{\{|: +\{\{/m.exec(text)
  return action === null ? undefined : { outcome: 'template', offset: action.index + action[0].length - 2 }
}

function valueOf(tree: Tree): Parsed {
  const { aliases, values, template, flaw } = surveyOf(tree)
  if (template !== undefined) return { outcome: 'template', offset: template }
  if (flaw !== undefined) return { outcome: 'unreadable', flaw }
  if (aliases > mostAliases) return unreadable(0, `${aliases} aliases; at most ${mostAliases} are read`)
  if (aliases > 0 && values > mostValues) return tooManyValues
  return orTooDeep(() => {
    const value: unknown = tree.toJS({ maxAliasCount: -1 })
    return aliases === 0 ? checkedDepth(value) : writtenOut(value)
  })
}

/** A value that shares nothing: an alias shares its value with its anchor, but what kubectl sends has it twice. */
function writtenOut(value: unknown): Parsed {
  const { values, isDeep } = sizeOf(value)
  if (isDeep) return tooDeep
  if (values > mostValues) return tooManyValues
  const whole: unknown = JSON.parse(JSON.stringify(value))
  return { outcome: 'read', value: whole }
}

/** The value, if it is not nested too deeply to be walked. */
export function checkedDepth(value: unknown): Parsed {
  return orTooDeep(() => (sizeOf(value).isDeep ? tooDeep : { outcome: 'read', value }))
}

/** What recursion over a value gives, or that it is too deep for that. */
function orTooDeep(read: () => Parsed): Parsed {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) return tooDeep
    throw error
  }
}

const tooDeep = unreadable(0, 'nested too deeply')
const tooManyValues = unreadable(0, `its aliases stand for more than ${mostValues} values`)

function unreadable(offset: number, problem: string): Parsed {
  return { outcome: 'unreadable', flaw: { offset, problem } }
}

function flawOf({ code, message, pos }: YAMLError): Flaw {
  const problem = code === 'RESOURCE_EXHAUSTION' ? 'nested too deeply' : message
  return { offset: pos[0], problem: problem.slice(0, 200) }
}

/** What a document has that no object of Kubernetes has, or that needs care. */
interface Survey {
  aliases: number
  /** How many values there are, with those of a `<<` as often as they are merged: each merge makes them again. */
  values: number
  /** Where it is a template: `{{ x }}` without quotes is a mapping whose key is a mapping. */
  template?: number
  /** An alias that stands for nothing, or for what it is a part of; or a `<<` of what cannot be merged. */
  flaw?: Flaw
}

function surveyOf(tree: Tree): Survey {
  const survey: Survey = { aliases: 0, values: 0 }
  const anchors = new Map<string, unknown>()
  const values = new Map<unknown, number>()
  const ancestors: unknown[] = []
  const meant = (node: unknown): unknown => (isAlias(node) ? anchors.get(node.source) : node)
  /** Returns how many values a node has. */
  const look = (node: unknown): number => {
    if (isAlias(node)) {
      survey.aliases++
      const target = anchors.get(node.source)
      const isWithin = target !== undefined && ancestors.includes(target)
      const problem = isWithin ? 'is within its own anchor' : 'has no anchor'
      if (target === undefined || isWithin)
        survey.flaw ??= { offset: node.range?.[0] ?? 0, problem: `*${node.source} ${problem}` }
    }
    if (!isScalar(node) && !isCollection(node)) return 1
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isMergeKey(node)) survey.flaw ??= { offset: node.range?.[0] ?? 0, problem: '!!merge is of keys alone' }
    if (isScalar(node)) return 1
    ancestors.push(node)
    let count = 1
    for (const item of node.items) {
      if (survey.template !== undefined) return count
      if (!isPair(item)) count += look(item)
      else if (isCollection(item.key)) survey.template = item.key.range?.[0] ?? 0
      else {
        if (isMergeKey(item.key)) count += lookAtMerged(item.key, item.value)
        else count += look(item.value) + look(item.key) - 1
      }
    }
    ancestors.pop()
    if (node.anchor !== undefined) values.set(node, count)
    return count
  }
  let merges = 0
  /** Returns how many values a `<<` has, and how many come in by it. */
  const lookAtMerged = (key: Scalar, value: unknown): number => {
    if (!isMergeable(value, meant)) {
      survey.flaw ??= { offset: key.range?.[0] ?? 0, problem: '<< needs a mapping, or a list of mappings' }
    }
    // Each of them copies the keys of those within it.
    if (++merges > mostMerges) survey.flaw ??= { offset: key.range?.[0] ?? 0, problem: '<< is nested too deeply' }
    const own = look(value)
    merges--
    const merged = isSeq(value) ? value.items : [value]
    return merged.reduce<number>((count, node) => count + (values.get(meant(node)) ?? 0), own)
  }
  survey.values = look(tree.contents)
  return survey
}

/** How many values a value holds, with shared ones counted as often as they appear. */
function sizeOf(value: unknown): { values: number; isDeep: boolean } {
  const known = new Map<object, number>()
  let isDeep = false
  const count = (part: unknown, depth: number): number => {
    if (typeof part !== 'object' || part === null) return 1
    isDeep ||= depth > deepest
    if (isDeep) return 1
    const before = known.get(part)
    if (before !== undefined) return before
    let values = 1
    for (const child of Object.values(part)) values += count(child, depth + 1)
    known.set(part, values)
    return values
  }
  return { values: count(value, 0), isDeep }
}
