import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { marked, type Token } from 'marked'
import { formats } from '../../src/report/index.ts'
import type { Report, Result } from '../../src/report/report.ts'
import { reportSchema } from '../../src/report/schema.ts'
import { type Element, gitlabErrors, parseCommand, parseXml, reportErrors, sarifErrors } from '../report/readers.ts'
import { clean, resultOf } from '../report/sample.ts'
import { law } from './law.ts'

/** What means something to a format, a terminal, or a reader. */
const hostile = fc.constantFrom(
  ']]>',
  '<![CDATA[',
  '&#0;',
  '&amp;',
  '<script>alert(1)</script>',
  '"><img src=x onerror=y>',
  '::error file=x::boo',
  '\n::add-mask::x\n',
  '##[error]',
  '%0A::error::x',
  '%25',
  '\r\n',
  '|',
  '\\|',
  '\\',
  '`',
  '``',
  '\u0000',
  '\u001b[31m',
  '\u009b31m',
  '\u202e',
  '\u2066',
  '\u2028',
  '\ufffe',
  '\ud800',
  '😀',
  '[x](https://evil.example)',
  '![x](y)',
  '{0}',
  '@someone',
  '#1',
  'https://evil.example',
  'www.evil.example',
  '</details>',
  '\n\n# head',
  ', title=x',
  '__proto__'
)
const text = fc.oneof(
  fc
    .array(fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 5 })
    .map((parts) => parts.join('')),
  fc.string({ maxLength: 8 })
)
const position = fc.integer({ min: 1, max: 9999 })
const location = fc
  .record({
    file: text.filter((file) => file !== ''),
    line: position,
    column: position,
    lines: fc.nat(3),
    width: position
  })
  .map(({ file, line, column, lines, width }) => ({
    file,
    line,
    column,
    endLine: line + lines,
    endColumn: lines === 0 ? column + width : width
  }))
const object = fc.record({ apiVersion: text, kind: text, namespace: text, name: text })
const result: fc.Arbitrary<Result> = fc
  .record({
    severity: fc.constantFrom<Result['severity']>('required', 'advised', 'unknown'),
    object,
    container: text,
    field: text,
    problem: text,
    hedge: text,
    fix: text,
    text: text.map((given) => `x${given}`),
    where: fc.option(location, { nil: undefined }),
    suppressed: fc.option(
      fc.record({ by: fc.constantFrom<'exemption' | 'baseline'>('exemption', 'baseline'), reason: text }),
      {
        nil: undefined
      }
    ),
    inserted: text
  })
  .map(({ where, suppressed, inserted, ...given }) => ({
    ...resultOf(given),
    ...(suppressed === undefined ? {} : { suppressed }),
    ...(where === undefined
      ? {}
      : {
          location: where,
          insertions: [{ file: where.file, offset: 0, line: where.line, column: where.column, text: inserted }]
        })
  }))
const report: fc.Arbitrary<Report> = fc
  .record({
    results: fc.array(result, { maxLength: 4 }),
    incomplete: fc.array(fc.record({ file: text, line: position, problem: text }), { maxLength: 2 }),
    stale: fc.array(text, { maxLength: 2 })
  })
  .map((given) => ({ ...clean, ...given }))

const options = {
  colour: false,
  title: (policy: string) => policy,
  page: (policy: string) => `https://docs.example.com/${policy}`
}
/** What a terminal obeys or a reader is misled by; line ends apart. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/u

law('every format is safe to print, whatever names there are', report, (one) => {
  for (const format of Object.values(formats)) assert.doesNotMatch(format(one, options), unsafe)
})

law('JSON reads back as the report', report, (one) => {
  const read: unknown = JSON.parse(formats.json(one, options))
  assert.deepEqual(reportErrors(read), [])
  assert.deepEqual(reportSchema.parse(read), JSON.parse(JSON.stringify(one)))
})

law('SARIF and GitLab meet their schemas', report, (one) => {
  assert.deepEqual(sarifErrors(JSON.parse(formats.sarif(one, options))), [])
  const entries = JSON.parse(formats.gitlab(one, options)) as unknown[]
  assert.deepEqual(gitlabErrors(entries), [])
  const counted = one.results.filter(({ suppressed }) => suppressed === undefined)
  assert.equal(entries.length, counted.length + one.incomplete.length)
})

function elements(root: Element): Element[] {
  return [root, ...root.children.flatMap(elements)]
}

law('JUnit is XML of exactly its elements', report, (one) => {
  const all = elements(parseXml(formats.junit(one, options))).map(({ name }) => name)
  const cases = one.results.length + Math.max(1, one.incomplete.length)
  assert.equal(all.filter((name) => name === 'testcase').length, cases)
  const known = new Set(['testsuites', 'testsuite', 'testcase', 'failure', 'error', 'skipped'])
  assert.deepEqual(
    all.filter((name) => !known.has(name)),
    []
  )
})

law('GitHub sees one command for each thing, and no other', report, (one) => {
  const lines = formats.github(one, options).split('\n')
  const counted = one.results.filter(({ suppressed }) => suppressed === undefined)
  assert.equal(lines.length, one.incomplete.length + counted.length + 2)
  for (const [index, line] of lines.slice(0, -2).entries()) {
    const command = parseCommand(line)
    assert.match(command?.name ?? '', /^(?:error|warning|notice)$/)
    const known = new Set(['file', 'line', 'col', 'endColumn', 'title'])
    assert.deepEqual(
      Object.keys(command?.properties ?? {}).filter((key) => !known.has(key)),
      []
    )
    const wanted = [...one.incomplete.map(({ problem }) => problem), ...counted.map((each) => each.text)][index] ?? ''
    assert.equal(visible(command?.message ?? ''), visible(wanted))
  }
  assert.equal(parseCommand(lines.at(-2) ?? ''), undefined)
})

/** A text without what a format may drop. */
function visible(given: string): string {
  return given.toWellFormed().replaceAll(/[^\p{L}\p{N}\p{P}]/gu, '')
}

/** All tokens of a document, those within cells and items, too. */
function tokensOf(tokens: readonly Token[]): Token[] {
  const found: Token[] = []
  void marked.walkTokens([...tokens], (token) => void found.push(token))
  return found
}

law('Markdown has its own tables and links, and nothing of what users wrote', report, (one) => {
  const source = formats.markdown(one, options)
  const tokens = tokensOf(marked.lexer(source))
  const counted = one.results.filter(({ suppressed }) => suppressed === undefined).length
  const sizes = tokens.flatMap((token) =>
    token.type === 'table' ? [(token as unknown as { rows: unknown[][] }).rows] : []
  )
  const expected = [counted, one.results.length - counted].filter((count) => count > 0)
  assert.deepEqual(
    sizes.map((rows) => rows.length),
    expected
  )
  for (const rows of sizes) for (const row of rows) assert.ok(row.length === 4 || row.length === 5)
  const links = tokens.flatMap((token) =>
    token.type === 'link' || token.type === 'image' ? [String(token['href'])] : []
  )
  assert.deepEqual(
    [...new Set(links)].filter((href) => href !== 'https://docs.example.com/min-replicas'),
    []
  )
  for (const token of tokens) {
    if (token.type !== 'text' || 'tokens' in token) continue
    assert.doesNotMatch(token.raw, /@[\p{L}\p{N}]|(?<!&)#[\p{L}\p{N}]/u)
  }
  const html = tokens.filter(({ type }) => type === 'html').map(({ raw }) => raw.trim())
  assert.deepEqual(
    html.filter((raw) => !/^<\/?(?:details|code)>(?:<summary>Not counted: [^<]*<\/summary>)?$/.test(raw)),
    []
  )
  assert.equal(tokens.filter(({ type }) => type === 'heading').length, 1)
})
