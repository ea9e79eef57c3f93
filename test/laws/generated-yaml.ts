import * as fc from 'fast-check'

/** A part of a document, with how it is written. */
type Part =
  | { is: 'scalar'; text: string }
  | { is: 'block-text'; header: string; lines: readonly string[] }
  | { is: 'map'; style: Style; entries: readonly (readonly [key: string, value: Part, comment: string])[] }
  | { is: 'list'; style: Style; items: readonly (readonly [value: Part, comment: string])[] }

type Style = 'block' | 'line' | 'lines'

/** How a file is written. */
interface Layout {
  step: number
  listStep: number
  lineBreak: string
  mark: string
  lastLineEnds: boolean
  json: boolean
  unit: string
}

const key = fc.constantFrom('a', 'b', 'c', 'd-e', 'f/g', '"h"', "'i'", 'y', '0x1')
const comment = fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom('# note', '#', '# a: b', "# it's"))
const scalar = fc
  .constantFrom(
    '1',
    'yes',
    '~',
    '',
    'x',
    'x y',
    '"x: y"',
    "'it''s'",
    '"a\\nb"',
    '2020-01-01',
    '-1',
    '"{{ x }}"',
    'http://x:1/y',
    '"# no comment"'
  )
  .map((text): Part => ({ is: 'scalar', text }))
const blockText = fc.record({
  header: fc.constantFrom('|', '|-', '|+', '>', '>-', '>+', '|2-'),
  lines: fc.array(fc.constantFrom('x', '', '# no comment', '  deeper', '- z', 'k: v'), { minLength: 1, maxLength: 4 })
})

/** `{depth}` bounds the nesting; within braces nothing is in block style. */
function part(depth: number, inFlow: boolean): fc.Arbitrary<Part> {
  const text = blockText
    .filter(({ header, lines }) => header !== '|2-' || (lines[0] ?? '') !== '')
    .map(({ header, lines }): Part => ({ is: 'block-text', header, lines: ['first', ...lines] }))
  const leaf = inFlow
    ? scalar.filter((one) => one.is === 'scalar' && one.text !== '')
    : fc.oneof({ weight: 4, arbitrary: scalar }, text)
  if (depth === 0) return leaf
  const styles: fc.Arbitrary<Style> = inFlow
    ? fc.constantFrom('line', 'lines')
    : fc.constantFrom('block', 'block', 'block', 'line', 'lines')
  return fc.oneof(
    leaf,
    styles.chain((style) => mapOf(depth, style)),
    styles.chain((style) => listOf(depth, style))
  )
}

function mapOf(depth: number, style: Style): fc.Arbitrary<Part> {
  const entries = fc.uniqueArray(fc.tuple(key, part(depth - 1, style !== 'block'), comment), {
    minLength: style === 'block' ? 1 : 0,
    maxLength: 3,
    selector: ([name]) => name
  })
  return entries.map((all): Part => ({ is: 'map', style, entries: all }))
}

function listOf(depth: number, style: Style): fc.Arbitrary<Part> {
  const items = fc.array(fc.tuple(part(depth - 1, style !== 'block'), comment), {
    minLength: style === 'block' ? 1 : 0,
    maxLength: 3
  })
  return items.map((all): Part => ({ is: 'list', style, items: all }))
}

const layout: fc.Arbitrary<Layout> = fc.record({
  step: fc.integer({ min: 1, max: 5 }),
  listStep: fc.integer({ min: 0, max: 4 }),
  lineBreak: fc.constantFrom('\n', '\n', '\r\n'),
  mark: fc.constantFrom('', '', '\uFEFF'),
  lastLineEnds: fc.boolean(),
  json: fc.constant(false),
  unit: fc.constantFrom('  ', '    ', '\t')
})

/** The text of a YAML document that is a mapping in block style, written in any way that people write them. */
export const yamlText: fc.Arbitrary<string> = fc
  .tuple(layout, mapOf(3, 'block'))
  .map(([how, root]) => textOf(root, how))

function textOf(root: Part, how: Layout): string {
  const lines = ['apiVersion: v1', ...blockLines(root, how)]
  const text = lines.join(how.lineBreak) + (how.lastLineEnds ? how.lineBreak : '')
  return how.mark + text
}

/** The lines of a collection in block style, from column 0. */
function blockLines(value: Part, how: Layout): string[] {
  if (value.is === 'map') {
    return value.entries.flatMap(([name, child, note]) => [...aboveOf(note), ...withKey(`${name}:`, child, note, how)])
  }
  if (value.is !== 'list') return []
  return value.items.flatMap(([child, note]) => {
    if (!isBlock(child)) return withKey('-', child, note, how)
    const [first = '', ...others] = blockLines(child, how)
    return [`-   ${first}`, ...others.map((line) => (line === '' ? line : `    ${line}`))]
  })
}

/** Some comments stand above their key, with a blank line before. */
function aboveOf(note: string): string[] {
  return note === '#' ? ['', '# above'] : []
}

function isBlock(value: Part): boolean {
  return (value.is === 'map' || value.is === 'list') && value.style === 'block'
}

function withKey(head: string, value: Part, note: string, how: Layout): string[] {
  const tail = note === '' ? '' : ` ${note}`
  if (value.is === 'block-text') {
    return [`${head} ${value.header}${tail}`, ...value.lines.map((line) => (line === '' ? line : `  ${line}`))]
  }
  if (isBlock(value)) {
    const deeper = ' '.repeat(value.is === 'list' ? how.listStep : how.step)
    return [`${head}${tail}`, ...blockLines(value, how).map((line) => (line === '' ? line : deeper + line))]
  }
  const [first = '', ...others] = flowLines(value, how)
  const lines = [`${head} ${first}`.trimEnd(), ...others]
  return [...lines.slice(0, -1), `${lines.at(-1)}${tail}`]
}

/** The lines of a value in braces, but for the indentation of the first one. */
function flowLines(value: Part, how: Layout): string[] {
  if (value.is === 'scalar') return [value.text]
  if (value.is === 'block-text') return ['x']
  const [open, close] = value.is === 'map' ? ['{', '}'] : ['[', ']']
  const members: string[][] =
    value.is === 'map'
      ? value.entries.map(([name, child]) => prefixed(`${name}: `, flowLines(child, how)))
      : value.items.map(([child]) => flowLines(child, how))
  if (members.length === 0) return [`${open}${close}`]
  const separated = members.map((lines, index) =>
    index === members.length - 1 ? lines : [...lines.slice(0, -1), `${lines.at(-1)},`]
  )
  if (value.style === 'lines') return [open, ...separated.flat().map((line) => `  ${line}`), `  ${close}`]
  const [first = '', ...others] = joined(separated)
  const all = [`${open}${first}`, ...others]
  return [...all.slice(0, -1), `${all.at(-1)}${close}`]
}

function prefixed(prefix: string, [first = '', ...others]: readonly string[]): string[] {
  return [`${prefix}${first}`, ...others]
}

/** Members beside each other: each begins on the line where the one before it ends. */
function joined(members: readonly (readonly string[])[]): string[] {
  const lines: string[] = []
  for (const [first = '', ...others] of members) {
    const before = lines.pop()
    lines.push(before === undefined ? first : `${before} ${first}`, ...others)
  }
  return lines
}

/** A JSON document as programs write it, with or without lines. */
export const jsonText: fc.Arbitrary<string> = fc
  .tuple(
    fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'd"e'), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }),
    fc.constantFrom('', ' ', '  ', '\t'),
    fc.boolean()
  )
  .map(([value, unit, ends]) => JSON.stringify(value, null, unit) + (ends ? '\n' : ''))
