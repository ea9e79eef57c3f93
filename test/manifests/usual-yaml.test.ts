import t from 'tap'
import { parseByPackage } from '../../src/manifests/document.ts'
import { readUsual } from '../../src/manifests/usual-yaml.ts'

const usual: Readonly<Record<string, string>> = {
  'mappings and lists': 'a:\n  b: x\n  c:\n  - d: 1\n    e: 2\n  -   f: 3\nb:\n    - x\n    - -1\n',
  'keys without values': 'a:\nb:   # nothing\nc:\n  d:\n',
  'comments and blank lines': '# a\n\na: x # b\n   # c\n\n# d\nb:\n\n# e\n  c: y#z\n# f\n  d: 1',
  'keys that appear twice': 'a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n',
  quotes: `"a": 'it''s'\n'b/c': "two\\nlines: \\"x\\"" # end\nc: ""\n`,
  brackets: 'a: {b: [x, "y", {c: 1}], d: {}} # x\ne: [ ]\nf: ["-c", --g=h, http://x:1]\n',
  'literal texts': 'a: |\n  x\n\n    y: z\n   # no comment\n\n# a comment\nb:\n- |-\n  x\n- y\n',
  'what only looks like more': 'a: x:y\nb: a -- b\nc: (x) {{ y }}, z\nd: x#y\n'
}

void t.test('manifests as most are written', (test) => {
  for (const [what, text] of Object.entries(usual)) {
    const parsed = parseByPackage(text)
    test.equal(parsed.outcome, 'read', what)
    test.strictSame(readUsual(text)?.value, parsed.outcome === 'read' && parsed.value, what)
  }
  test.end()
})

const left: Readonly<Record<string, string>> = {
  'an error': 'a: b: c\n',
  'a wrong indentation': 'a:\n    b: 1\n  c: 2\n',
  'a text in several lines': 'a: x\n  y\n',
  'quotes over several lines': 'a: "x\n  y"\n',
  'brackets over several lines': 'a: [x,\n  y]\n',
  'a folded text': 'a: >\n  x\n',
  'a literal text that keeps its end': 'a: |+\n  x\n\n',
  'a literal text that begins with a blank line': 'a: |\n\n  x\n',
  'a literal text without a line end at the end of the file': 'a: |\n  x',
  'an anchor': 'a: &x 1\nb: *x\n',
  'a merge': 'a: {b: 1}\n<<: {c: 1}\n',
  'a tag': 'a: !!str 1\n',
  'a key that is no string': 'yes: 1\n',
  'a key of all objects': '__proto__: 1\n',
  'a tab': 'a:\tb\n',
  'a line end of Windows': 'a: b\r\n',
  'a list alone': '- a\n',
  'an end of the document': 'a: 1\n...\nb: 2\n',
  nothing: '# nothing\n'
}

void t.test('everything else is left to the package', (test) => {
  for (const [what, text] of Object.entries(left)) test.equal(readUsual(text), undefined, what)
  test.equal(readUsual(`a: ${'['.repeat(100)}${']'.repeat(100)}\n`), undefined, 'brackets in brackets')
  test.equal(readUsual(Array.from({ length: 100 }, (_, at) => `${' '.repeat(at)}a:\n`).join('')), undefined, 'mappings')
  test.end()
})

void t.test('a long text takes no stack', (test) => {
  test.ok(readUsual(`a: 1\n${'\n'.repeat(4_000_000)}`))
  test.ok(readUsual(`a: ${'x '.repeat(4_000_000)}\n`))
  test.end()
})
