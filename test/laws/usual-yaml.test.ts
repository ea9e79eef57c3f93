import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import t from 'tap'
import { parseByPackage } from '../../src/manifests/document.ts'
import { readUsual } from '../../src/manifests/usual-yaml.ts'
import type { Written } from '../../src/manifests/written.ts'
import { yamlText } from './generated-yaml.ts'
import { law } from './law.ts'

const lines = [
  '\n',
  '\n',
  '\n',
  '\n  ',
  '\n  ',
  '\n    ',
  '\n ',
  '\n- ',
  '\n  - ',
  '\n\n',
  '\n#c',
  ' ',
  '   ',
  '\n      '
]
const keys = [
  'a:',
  'a:',
  'b:',
  'c: ',
  '"d": ',
  "'e':",
  'y: ',
  '1: ',
  '<<: ',
  '"<<": ',
  'f : ',
  '__proto__: ',
  'constructor: '
]
const plain = [
  'x',
  'x y',
  '1',
  '~',
  '.5',
  '-1',
  '-x',
  'yes',
  '00',
  '::1',
  'http://x:1/y',
  '<x>',
  '{{ x }}',
  '\u00a0',
  '😀'
]
const quoted = ['"q"', "'s'", "'it''s'", '"a\\"b\\n"', '"\\x41"', '"', "'", '\\']
const marks = ['%', '@', '`', '(', ';', '=', '$(A)', '^', '.', '*a', '&a ', '!!str ', '? ', ': ', ':', '- ', '- ', '-']
const brackets = ['[', ']', '{', '}', ',', ', ', '{}', '[]', '[x, y]', '[a b]', '{a: 1}', '{"a":1}', '[a: b]']
const others = [
  '|',
  '|\n',
  '|-',
  '|+',
  '>',
  '>-',
  '|2',
  '|\n  x\n',
  '|-\n    x\n',
  '# c',
  ' # c',
  '#',
  '...',
  '\n...\n',
  '\t',
  '\r\n'
]
const tokens = [...lines, ...keys, ...plain, ...quoted, ...marks, ...brackets, ...others]
const begins = [
  '',
  'a:',
  'a: ',
  'a: x\n',
  'a: |\n  x\n',
  'a: |\n  x\n   \n',
  'a:\n  b:\n    ',
  'a:\n- ',
  'a:\n  - b: ',
  '- ',
  'a:\n  b: 1\n# c\n  '
]

/** Texts of which few are YAML, and texts that people could have written with one part gone wrong. */
const soup = fc
  .tuple(fc.constantFrom(...begins), fc.array(fc.constantFrom(...tokens), { maxLength: 12 }))
  .map(([begin, rest]) => begin + rest.join(''))
const damaged = fc
  .tuple(yamlText, fc.nat(400), fc.nat(2), fc.constantFrom(...tokens))
  .map(([text, at, length, put]) => text.slice(0, at) + put + text.slice(at + length))

let read = 0

law(
  'what is read as usual YAML, the package reads alike',
  fc.array(fc.oneof(soup, damaged), { minLength: 20, maxLength: 20 }),
  (texts) => {
    for (const text of texts) {
      const usual = readUsual(text)
      if (usual === undefined) continue
      read++
      const parsed = parseByPackage(text)
      assert.ok(parsed.outcome === 'read' && parsed.ignoredFrom === undefined && parsed.written !== undefined, text)
      assert.equal(JSON.stringify(usual.value), JSON.stringify(parsed.value), text)
      assert.deepEqual(located(usual), located(parsed.written), text)
    }
  }
)

void t.test('many of the texts are usual', (test) => {
  test.ok(read > 100, `${read}`)
  test.end()
})

/** All that the location of a finding depends on: of collections that have members the range is not asked for. */
function located({ shape, begin, end, value, children }: Written): unknown {
  if (children.length > 0) return { shape, children: children.map(located) }
  return shape === 'map' || shape === 'list' ? { shape, begin, end } : { shape, begin, end, value }
}
