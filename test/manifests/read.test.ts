import t from 'tap'
import { readManifests } from '../../src/manifests/read.ts'

function object(rest: string, name = 'a'): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`
}

/** What kubectl makes of a scalar, as the reader does. */
function scalar(text: string): unknown {
  return readManifests(object(`data: ${text}\n`)).manifests[0]?.value['data']
}

void t.test('scalars are what kubectl makes of them', (test) => {
  const cases: Record<string, unknown> = {
    '0644': 420,
    '0o644': 420,
    '0x1F': 31,
    '0b11': 3,
    '-0b11': -3,
    '08': 8,
    '1_000': 1000,
    '+12': 12,
    '1e3': 1000,
    '.5': 0.5,
    '.': '.',
    '1.': 1,
    '1:30': '1:30',
    '2020-01-01': '2020-01-01',
    '2020-01-01T00:00:00Z': '2020-01-01T00:00:00Z',
    yes: true,
    On: true,
    n: false,
    off: false,
    yEs: 'yEs',
    '~': null,
    Null: null,
    '"yes"': 'yes',
    "'0644'": '0644',
    '1.2.3': '1.2.3',
    '10Mi': '10Mi',
    '!!str 12': '12',
    '!!int "12"': 12,
    '18446744073709551616': 2 ** 64
  }
  for (const [text, value] of Object.entries(cases)) test.strictSame(scalar(text), value, text)
  test.end()
})

void t.test('the last of equal keys counts, and << merges', (test) => {
  const { manifests, problems } = readManifests(
    object('data: {a: 1, a: 2}\none: &x {b: 3, c: 4}\ntwo: {<<: *x, c: 5}\n')
  )
  test.strictSame(problems, [])
  test.strictSame(manifests[0]?.value['data'], { a: 2 })
  test.strictSame(manifests[0]?.value['two'], { b: 3, c: 5 })
  test.end()
})

void t.test('<< overrides the keys before it, and of a list the first mapping counts most', (test) => {
  const one = 'one: [&x {b: 3, c: 4}, &y {b: 7, c: 8, d: 9}]\n'
  const cases: Record<string, object> = {
    '{c: 5, <<: *x}': { c: 4, b: 3 },
    '{<<: *x, c: 5}': { b: 3, c: 5 },
    '{<<: [*x, *y]}': { b: 3, c: 4, d: 9 },
    '{<<: *x, <<: *y}': { b: 7, c: 8, d: 9 },
    '{c: 5, <<: [*x, *y], d: 1}': { b: 3, c: 4, d: 1 },
    '{<<: {<<: *y, c: 9}}': { b: 7, c: 9, d: 9 },
    '{<<: {c: 9, <<: *y}}': { b: 7, c: 8, d: 9 }
  }
  for (const [text, value] of Object.entries(cases))
    test.strictSame(readManifests(object(`${one}two: ${text}\n`)).manifests[0]?.value['two'], value, text)
  test.end()
})

void t.test('<< merges nothing but mappings', (test) => {
  const problem = '<< needs a mapping, or a list of mappings'
  for (const text of ['x', '~', '[]', '[{a: 1}, x]', '*list', '[*list]']) {
    const { manifests, problems } = readManifests(object(`one: &list [{a: 1}]\ntwo:\n  <<: ${text}\n`))
    if (text === '[]') test.strictSame(manifests[0]?.value['two'], {})
    else test.strictSame(problems, [{ line: 7, column: 3, problem }], text)
  }
  const { manifests } = readManifests(object('one: &x {a: 1}\ntwo: {<<: [*x, {b: 2}]}\nthree: {"<<": x}\n'))
  test.strictSame(manifests[0]?.value['two'], { a: 1, b: 2 })
  test.strictSame(manifests[0]?.value['three'], { '<<': 'x' })
  test.strictSame(readManifests(object('a: {!!str <<: x}\nb: {!!merge <<: {c: d}}\n')).manifests[0]?.value['a'], {
    '<<': 'x'
  })
  test.end()
})

void t.test('a tab that indents is a problem, as it is for kubectl', (test) => {
  const problem = 'a tab indents this line; kubectl reads no tab there'
  const refused: Record<string, [line: number, column: number]> = {
    'a:\n  b: 1\n\t\n  c: 2\n': [7, 1],
    'a:\n  b: 1\n  \t\n  c: 2\n': [7, 3],
    'a: 1\n\t# end\n': [6, 1],
    'a: 1\n\t': [6, 1],
    'a:\n  -\tb\n': [6, 4],
    'a: |\n  x\nb: 1\n\t\n': [8, 1]
  }
  for (const [text, [line, column]] of Object.entries(refused))
    test.strictSame(readManifests(object(text)).problems, [{ line, column, problem }], JSON.stringify(text))
  const read: Record<string, unknown> = {
    'a:\t1\t# one\n': 1,
    'a: |\n  x\n  \t\n  y\n': 'x\n\t\ny\n',
    'a: {\n  \tb: 1\n  }\n': { b: 1 },
    'a: x\n  \ty\n': 'x y',
    'a: x\n  \t\nb: 1\n': 'x',
    'a: 1\n...\n\t# ignored\n': 1
  }
  for (const [text, value] of Object.entries(read)) {
    const { manifests, problems } = readManifests(object(text))
    test.strictSame([problems, manifests[0]?.value['a']], [[], value], JSON.stringify(text))
  }
  test.end()
})

void t.test('__proto__ is a key like others', (test) => {
  for (const text of [object('__proto__: {a: 1}\n'), '{"apiVersion": "v1", "kind": "A", "__proto__": {"a": 1}}']) {
    const [manifest] = readManifests(text).manifests
    test.equal(Object.getPrototypeOf(manifest?.value), Object.prototype)
    test.ok(Object.hasOwn(manifest?.value ?? {}, '__proto__'))
  }
  test.end()
})

void t.test('an alias shares nothing with its anchor', (test) => {
  const [manifest] = readManifests(object('one: &x {a: 1}\ntwo: *x\n')).manifests
  test.strictSame(manifest?.value['two'], { a: 1 })
  test.not(manifest?.value['one'], manifest?.value['two'])
  test.end()
})

function names(text: string): unknown[] {
  return readManifests(text).manifests.map(({ value, document }) => [value['metadata'], document])
}

void t.test('documents are split as kubectl splits them', (test) => {
  const [one, two] = [object('', 'one'), object('', 'two')]
  test.strictSame(names(`# a comment\n---\n${one}---   # another\n${two}`), [
    [{ name: 'one' }, 1],
    [{ name: 'two' }, 2]
  ])
  test.strictSame(names(`\uFEFF---\r\n${one.replaceAll('\n', '\r\n')}---\r\n---\r\n${two}`), [
    [{ name: 'one' }, 0],
    [{ name: 'two' }, 2]
  ])
  test.strictSame(names(''), [])
  test.strictSame(readManifests('---\n---\n# nothing\n').skipped, [])
  test.end()
})

void t.test('a line that only seems to separate documents is a problem, and what precedes it is read', (test) => {
  const { manifests, problems } = readManifests(`${object('')}----\n${object('')}`)
  test.equal(manifests.length, 1)
  test.strictSame(problems, [
    { line: 5, column: 1, problem: 'kubectl reads nothing but a comment behind ---, and here is "-"' }
  ])
  test.end()
})

void t.test('kubectl reads nothing behind the end of a document', (test) => {
  const { manifests, skipped } = readManifests(`${object('')}...\n${object('', 'b')}`)
  test.equal(manifests.length, 1)
  test.strictSame(skipped, [{ document: 0, reason: 'ignored', line: 6, column: 1 }])
  test.end()
})

void t.test('a document that cannot be read does not hide the others', (test) => {
  const { manifests, problems } = readManifests(`${object('')}---\n${object('a: b: c\n')}---\n${object('')}`)
  test.strictSame(
    manifests.map(({ document }) => document),
    [0, 2]
  )
  test.match(problems, [{ line: 10, column: 4, problem: /Nested mappings/ }])
  test.end()
})

function list(kind: string, items: string) {
  return readManifests(`apiVersion: v1\nkind: ${kind}\nitems:\n${items}`).manifests
}

void t.test('the items of a List are objects', (test) => {
  const [first, second, third] = list(
    'List',
    '- {apiVersion: v1, kind: A}\n- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: B}]}\n- {apiVersion: v1, kind: C}\n'
  )
  test.strictSame(
    [first?.at, second?.at, third?.at],
    [
      ['items', 0],
      ['items', 1, 'items', 0],
      ['items', 2]
    ]
  )
  test.strictSame([first?.item, second?.item, third?.item], [0, 1, 2])
  test.strictSame(list('PodList', '- metadata: {name: a}\n')[0]?.value, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' }
  })
  test.end()
})

void t.test('JSON is read, also several objects in a row', (test) => {
  const { manifests, problems } = readManifests(
    '{"apiVersion": "v1", "kind": "A"}\n{"apiVersion": "v1", "kind": "B}{"}'
  )
  test.strictSame(problems, [])
  test.strictSame(
    manifests.map(({ value, document }) => [value['kind'], document]),
    [
      ['A', 0],
      ['B}{', 1]
    ]
  )
  test.match(readManifests('{"apiVersion": "v1", "kind": "A",').problems, [{ line: 1 }])
  test.end()
})

void t.test('flow mappings that are no JSON are read as YAML', (test) => {
  const { manifests } = readManifests('{apiVersion: v1, kind: A} # one\n---\n{apiVersion: v1, kind: B}\n')
  test.equal(manifests.length, 2)
  test.end()
})

void t.test('what is no object is left out and counted', (test) => {
  const { manifests, problems, skipped } = readManifests(
    'replicas: 1\n---\n\n# apiVersion\n---\napiVersion: v1\n---\n- a: [\n'
  )
  test.strictSame([manifests, problems], [[], []])
  test.strictSame(skipped, [
    { document: 0, reason: 'no-object', line: 1, column: 1 },
    { document: 2, reason: 'no-object', line: 6, column: 1 },
    { document: 3, reason: 'no-object', line: 8, column: 1 }
  ])
  test.end()
})

void t.test('templates are left out', (test) => {
  for (const [rest, line, column] of [
    ['data: {{ .Values.data }}\n', 5, 8],
    ['{{- if .Values.data }}\ndata: {}\n{{- end }}\n', 5, 1],
    ['data:\n  {{ .Values.data }}: b\n', 6, 4]
  ] as const) {
    const { manifests, problems, skipped } = readManifests(object(rest))
    test.strictSame([manifests, problems], [[], []])
    test.match(skipped, [{ document: 0, reason: 'template', line }], `${rest}${column}`)
  }
  test.equal(readManifests(object('data: {a: "{{ x }}"}\n')).manifests.length, 1)
  test.end()
})

void t.test('bombs and cycles of aliases are problems', (test) => {
  const levels = Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`)
  const bomb = object(`a0: &a0 [x]\n${levels.join('\n')}\n`)
  test.match(readManifests(bomb).problems, [{ problem: 'its aliases stand for more than 400000 values' }])
  const merges = levels.map((line) => line.replace('[', '{<<: [').concat('}'))
  test.match(
    readManifests(object(`a0: &a0 {x: y}\n${merges.join('\n')}\n`)).problems,
    [{ problem: 'its aliases stand for more than 400000 values' }],
    'merged ones are counted before they are made'
  )
  const within = `${'{<<: '.repeat(17)}{x: y}${'}'.repeat(17)}`
  test.match(readManifests(object(`a: ${within}\n`)).problems, [{ problem: '<< is nested too deeply' }])
  test.match(readManifests(object('a: &a [*a]\n')).problems, [{ line: 5, problem: '*a is within its own anchor' }])
  test.match(readManifests(object('a: &a {b: {c: *a}}\n')).problems, [
    { line: 5, problem: '*a is within its own anchor' }
  ])
  test.match(readManifests(object('a: &a {<<: *a}\n')).problems, [{ line: 5, problem: '*a is within its own anchor' }])
  test.match(readManifests(object('a: *none\n')).problems, [{ line: 5, column: 4, problem: '*none has no anchor' }])
  test.match(readManifests(object(`x: &x 1\na: [${'*x,'.repeat(1001)}]\n`)).problems, [
    { problem: '1001 aliases; at most 1000 are read' }
  ])
  test.end()
})

void t.test('what is nested too deeply is a problem', (test) => {
  for (const depth of [1100, 100_000]) {
    const nested = '['.repeat(depth) + ']'.repeat(depth)
    test.match(readManifests(object(`a: ${nested}\n`)).problems, [{ problem: 'nested too deeply' }], `YAML ${depth}`)
    const json = `{"apiVersion": "v1", "kind": "A", "a": ${nested}}`
    test.match(readManifests(json).problems, [{ problem: 'nested too deeply' }], `JSON ${depth}`)
  }
  test.end()
})

void t.test('tabs are a problem where kubectl takes none', (test) => {
  test.match(readManifests(object('data:\n\ta: b\n')).problems, [{ line: 6 }])
  test.end()
})

void t.test('each alias of a chain of merges is looked up once', (test) => {
  const chain = Array.from({ length: 600 }, (_, index) => `a${index + 1}: &a${index + 1} {<<: *a${index}}\n`)
  const { manifests, problems } = readManifests(object(`a0: &a0 {x: z}\n${chain.join('')}`))
  test.strictSame(problems, [])
  test.match(manifests, [{ value: { a600: { x: 'z' } } }])
  test.end()
})

void t.test('a tag of merge keys makes none of a value', (test) => {
  test.match(readManifests(object('a: !!merge b\nc: !!merge 3\n')).manifests, [{ value: { a: 'b', c: '3' } }])
  test.match(readManifests(object('a: !!merge <<\n')).problems, [{ line: 5, problem: '!!merge is of keys alone' }])
  test.end()
})

void t.test('many tabs are looked for but once', (test) => {
  const texts = Array.from({ length: 100_000 }, (_, index) => `  k${index}: |\n    \tv\n`)
  test.strictSame(readManifests(object(`data:\n${texts.join('')}`)).problems, [])
  test.end()
})

void t.test('a document of more than 8 MiB is a problem in YAML, and none in JSON', (test) => {
  const text = 'x'.repeat(9 * 1024 * 1024)
  test.match(readManifests(object(`a: ${text}\n`)).problems, [{ problem: /more than 8 MiB/ }])
  const [manifest] = readManifests(`{"apiVersion": "v1", "kind": "A", "a": "${text}"}`).manifests
  test.strictSame(manifest?.locate('a').start, { line: 1, column: 1 })
  test.end()
})

void t.test('ten thousand documents are read', (test) => {
  test.equal(readManifests(`${object('')}---\n`.repeat(10_000)).manifests.length, 10_000)
  test.end()
})
