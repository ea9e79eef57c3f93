import t from 'tap'
import type { Place } from '../../src/kube/json.ts'
import { editManifests } from '../../src/manifests/edit.ts'
import { readManifests } from '../../src/manifests/read.ts'

/** Adds `new: {a: [x]}` or another value in places of the first document. Gives the new text, or why it stays. */
function add(text: string, places: readonly Place[], value: unknown = { a: ['x'] }): string {
  const additions = places.map((place) => ({ place, value }))
  const { text: edited, refused } = editManifests(text, [{ document: 0, at: [], additions }])
  return refused.length === 0 ? edited : `refused: ${refused.map(({ why }) => why).join(', ')}`
}

/** Old text, places, new text; with `new` as the added key. */
type Case = readonly [old: string, places: readonly Place[], edited: string]

const written: Readonly<Record<string, Case>> = {
  'behind the last key, before comments and blank lines': [
    'a:\n  b: 1 # one\n\n  # two\nc: 2\n',
    [['a', 'new']],
    'a:\n  b: 1 # one\n  new:\n    a:\n    - x\n\n  # two\nc: 2\n'
  ],
  'as deep as the keys beside it': [
    'a:\n     b: {}\n',
    [['a', 'new']],
    'a:\n     b: {}\n     new:\n          a:\n          - x\n'
  ],
  'with missing mappings on the way, once for several values': [
    'a:\n  b: 1\n',
    [
      ['c', 'd', 'e'],
      ['c', 'd', 'f']
    ],
    'a:\n  b: 1\nc:\n  d:\n    e:\n      a:\n      - x\n    f:\n      a:\n      - x\n'
  ],
  'behind a last line without an end': [
    'a:\n  b: 1',
    [['a', 'new'], ['new']],
    'a:\n  b: 1\n  new:\n    a:\n    - x\nnew:\n  a:\n  - x'
  ],
  'with the line ends of the file': [
    'a:\r\n  b: 1\r\n',
    [['a', 'new']],
    'a:\r\n  b: 1\r\n  new:\r\n    a:\r\n    - x\r\n'
  ],
  'with CRLF behind a last line without an end': ['a:\r\n  b: 1', [['new']], 'a:\r\n  b: 1\r\nnew:\r\n  a:\r\n  - x'],
  'behind a byte order mark': ['\uFEFFa: 1\n', [['new']], '\uFEFFa: 1\nnew:\n  a:\n  - x\n'],
  'below a key without a value': ['a: # one\nc: 2\n', [['a', 'new']], 'a: # one\n  new:\n    a:\n    - x\nc: 2\n'],
  'into items, whatever the indentation of their list': [
    'a:\n- b: 1\n  # one\n-   b: 2\nc:\n  -\n    b: 3\n',
    [
      ['a', 0, 'new'],
      ['a', 1, 'new'],
      ['c', 0, 'new']
    ],
    'a:\n- b: 1\n  new:\n    a:\n    - x\n  # one\n-   b: 2\n    new:\n      a:\n      - x\nc:\n  -\n    b: 3\n    new:\n      a:\n      - x\n'
  ],
  'behind the last item of a list': ['a:\n  - b # one\n', [['a', 1]], 'a:\n  - b # one\n  - a:\n      - x\n'],
  'lists as the file indents them': ['a:\n  - b\nc: {}\n', [['new']], 'a:\n  - b\nc: {}\nnew:\n  a:\n    - x\n'],
  'steps as the file has them': [
    'a:\n    b:\n        c: 1\n',
    [['new']],
    'a:\n    b:\n        c: 1\nnew:\n    a:\n    - x\n'
  ],
  'behind a text block that drops blank lines': [
    'a:\n  b: |\n    x\n\n\nc: 1\n',
    [['a', 'new']],
    'a:\n  b: |\n    x\n  new:\n    a:\n    - x\n\n\nc: 1\n'
  ],
  'behind a text block that keeps blank lines': [
    'a:\n  b: |+\n    x\n\nc: 1\n',
    [['a', 'new']],
    'a:\n  b: |+\n    x\n\n  new:\n    a:\n    - x\nc: 1\n'
  ],
  'behind a folded text at the end': [
    'a:\n  b: >-\n    x',
    [['a', 'new']],
    'a:\n  b: >-\n    x\n  new:\n    a:\n    - x'
  ],
  'behind text of several lines': [
    'a:\n  b: x\n    y\n  c: "x\n\n    y"\n',
    [['a', 'new']],
    'a:\n  b: x\n    y\n  c: "x\n\n    y"\n  new:\n    a:\n    - x\n'
  ],
  'of two in one place the deeper one first': [
    'a:\n  b:\n    c: 1\n',
    [
      ['a', 'new'],
      ['a', 'b', 'new']
    ],
    'a:\n  b:\n    c: 1\n    new:\n      a:\n      - x\n  new:\n    a:\n    - x\n'
  ],
  'into braces': [
    'a: {b: 1}\nc: { b: 1 } # one\n',
    [
      ['a', 'new'],
      ['c', 'new']
    ],
    'a: {b: 1, new: {a: [x]}}\nc: { b: 1, new: { a: [ x ] } } # one\n'
  ],
  'into empty braces': [
    'a: {}\nb: 1\n',
    [
      ['a', 'new'],
      ['a', 'more']
    ],
    'a: {new: {a: [x]}, more: {a: [x]}}\nb: 1\n'
  ],
  'into braces with a last comma': ['a: {b: 1,}\n', [['a', 'new']], 'a: {b: 1, new: {a: [x]}}\n'],
  'into braces over lines, before the last member': [
    'a: {\n  b: 1,\n  c: 2 # one\n}\n',
    [['a', 'new']],
    'a: {\n  b: 1,\n  new: {a: [x]},\n  c: 2 # one\n}\n'
  ],
  'into braces whose last member has a comment above it': [
    'a: {\n  b: 1,\n  # one\n  c: 2 # two\n}\n',
    [['a', 'new']],
    'a: {\n  b: 1,\n  # one\n  c: 2, # two\n  new: {a: [x]}\n}\n'
  ],
  'into JSON on one line': [
    '{"a": {"b": 1}}',
    [['a', 'new'], ['new']],
    '{"a": {"b": 1, "new": {"a": ["x"]}}, "new": {"a": ["x"]}}'
  ],
  'into JSON without spaces': ['{"a":{"b":1}}\n', [['a', 'new']], '{"a":{"b":1,"new":{"a":["x"]}}}\n'],
  'into JSON with tabs, before the last member': [
    '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
    [['a', 'new']],
    '{\n\t"a": {\n\t\t"new": {\n\t\t\t"a": [\n\t\t\t\t"x"\n\t\t\t]\n\t\t},\n\t\t"b": 1\n\t}\n}\n'
  ],
  'beside a merge key': [
    'a: &x {b: 1}\nc:\n  <<: *x\n',
    [['c', 'new']],
    'a: &x {b: 1}\nc:\n  <<: *x\n  new:\n    a:\n    - x\n'
  ],
  'below an anchor without aliases': ['a: &x\n  b: 1\n', [['a', 'new']], 'a: &x\n  b: 1\n  new:\n    a:\n    - x\n'],
  'to the last of equal keys': [
    'a: {b: 1}\na:\n  b: 2\n',
    [['a', 'new']],
    'a: {b: 1}\na:\n  b: 2\n  new:\n    a:\n    - x\n'
  ],
  'before the end of the document': ['a: 1\n...\n', [['new']], 'a: 1\nnew:\n  a:\n  - x\n...\n'],
  'what is there already, not at all': ['a: {a: [x]}\n', [['a']], 'a: {a: [x]}\n']
}

for (const [fact, [old, places, edited]] of Object.entries(written)) {
  void t.test(`an addition goes ${fact}`, (test) => {
    test.equal(add(old, places), edited)
    test.equal(add(edited, places), edited, 'a second time it changes nothing')
    test.end()
  })
}

const refused: Readonly<Record<string, Case>> = {
  'an anchor with aliases': ['a: &x\n  b: 1\nc: *x\n', [['a', 'new']], 'a: &x is shared by an alias'],
  'an alias': ['a: &x\n  b: 1\nc: *x\n', [['c', 'new']], 'c: *x stands for a value that is written elsewhere'],
  'what a merge key brings': [
    'a: &x {b: {c: 1}}\nc:\n  <<: *x\n',
    [['c', 'b', 'new']],
    'c.b: b comes from a merge key'
  ],
  'a mapping whose keys are written with ?': ['? a\n: b\n', [['new']], 'the object: a key is written with ?'],
  'a null that is written out': ['a: ~\n', [['a', 'new']], 'a: ~ is written out'],
  'a key without a value in braces': ['a: {b: , c: 1}\n', [['a', 'b', 'new']], 'a.b: a key without a value in braces'],
  'an anchor without a value': ['a: &x\nb: 1\n', [['a', 'new']], 'a: an anchor or a tag without a value'],
  'a tag': ['a: !x\n  b: 1\n', [['a', 'new']], 'a: tagged !x'],
  'a value that is there': ['a: 1\n', [['a'], ['new']], 'a: is there already'],
  'a text on the way': ['a: x\n', [['a', 'new']], 'a: is there already'],
  'braces with nothing but a comment': ['a: { # one\n  }\n', [['a', 'new']], 'a: a comment in empty braces']
}

for (const [fact, [old, places, why]] of Object.entries(refused)) {
  void t.test(`an edit is refused for ${fact}, and the text stays`, (test) => {
    test.equal(add(old, places), `refused: ${why}`)
    const additions = places.map((place) => ({ place, value: { a: ['x'] } }))
    test.equal(editManifests(old, [{ document: 0, at: [], additions }]).text, old)
    test.end()
  })
}

void t.test('an addition is a scalar beside a key without a value', (test) => {
  test.equal(add('a: # one\n', [['a']], 35), 'a: 35 # one\n')
  test.end()
})

void t.test('texts are in quotes that kubectl would read as anything else', (test) => {
  for (const value of [
    'yes',
    'y',
    '0644',
    '0o17',
    '1_000',
    '1:30',
    '2020-01-01',
    'null',
    '~',
    '.5',
    '',
    ' x',
    'a: b',
    '# x',
    '*x',
    '{{ x }}',
    'x\ny\n',
    '🙂'
  ]) {
    for (const text of ['a: 1\n', 'a: {b: 1}\n', '{"a": 1}']) {
      const edited = add(text, [['new']], value)
      test.notMatch(edited, /^refused/, `${JSON.stringify(value)} in ${text}`)
    }
  }
  test.end()
})

void t.test('an object is edited whole or not at all, and the others of the document all the same', (test) => {
  const text = 'kind: List\nitems:\n- a: &x\n    b: 1\n- a: *x\n- c: 1\n'
  const additions = [
    { place: ['new'], value: 1 },
    { place: ['a', 'new'], value: 1 }
  ]
  const edits = [0, 1, 2].map((index) => ({ document: 0, at: ['items', index], additions }))
  const { text: edited, refused: left } = editManifests(text, edits)
  test.equal(edited, 'kind: List\nitems:\n- a: &x\n    b: 1\n- a: *x\n- c: 1\n  new: 1\n  a:\n    new: 1\n')
  test.strictSame(
    left.map(({ edit }) => edit.at[1]),
    [0, 1]
  )
  test.end()
})

void t.test('documents are edited one by one', (test) => {
  const text = '# one\n---\na: 1\n---\nb: {\n---\nc: 1\n'
  const additions = [{ place: ['new'], value: 1 }]
  const edits = [1, 2, 3].map((document) => ({ document, at: [], additions }))
  const { text: edited, insertions, refused: left } = editManifests(text, edits)
  test.equal(edited, '# one\n---\na: 1\nnew: 1\n---\nb: {\n---\nc: 1\nnew: 1\n')
  test.strictSame(insertions, [
    { offset: 15, text: 'new: 1\n' },
    { offset: 33, text: 'new: 1\n' }
  ])
  test.strictSame(
    left.map(({ why }) => why),
    ['it cannot be read']
  )
  test.end()
})

const object = { apiVersion: 'v1', kind: 'A', list: ['x'] }
const appended = 'apiVersion: v1\nkind: A\nlist:\n- x\n'

void t.test('documents are added at the end of a file', (test) => {
  const cases: Readonly<Record<string, string>> = {
    'a: 1\n': `a: 1\n---\n${appended}`,
    'a: 1': `a: 1\n---\n${appended}`,
    'a: 1\n---\n': `a: 1\n---\n${appended}`,
    'a: 1\n---': `a: 1\n---\n${appended}`,
    'a: 1\n# end\n': `a: 1\n# end\n---\n${appended}`,
    'a: 1\n...\n': `a: 1\n...\n---\n${appended}`,
    'a: |+\n  x\n\n': `a: |+\n  x\n\n---\n${appended}`,
    'a: 1\r\n': `a: 1\r\n---\r\n${appended.replaceAll('\n', '\r\n')}`,
    'a:\n  - 1\n': `a:\n  - 1\n---\n${appended.replace('- x', '  - x')}`
  }
  for (const [old, edited] of Object.entries(cases)) {
    test.equal(editManifests(old, [], [object]).text, edited)
    test.strictSame(readManifests(edited).manifests.at(-1)?.value, object)
  }
  const twice = editManifests('a: 1\n', [], [object, object])
  test.equal(twice.text, `a: 1\n---\n${appended}---\n${appended}`)
  test.end()
})

void t.test('documents are not added where kubectl would not read them, or to JSON', (test) => {
  const cases: Readonly<Record<string, string>> = {
    '{"a": 1}\n': 'JSON has no further documents',
    'a: 1\n--- x\n': 'kubectl does not read the file to its end',
    '{{ if x }}\napiVersion: v1\n{{ end }}\n': 'a document of the file cannot be read'
  }
  for (const [old, why] of Object.entries(cases)) {
    const { text, refusedDocuments } = editManifests(old, [], [object])
    test.equal(text, old)
    test.strictSame(refusedDocuments, { why })
  }
  test.end()
})
