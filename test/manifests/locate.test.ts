import t from 'tap'
import { readManifests } from '../../src/manifests/read.ts'

const text = `# a comment
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    example.com/key.part: "a"
spec:
  replicas: 1
  template:
    spec:
      containers:
        - image: a
          name: web
          args: &args
            - b
        - {name: side, args: *args}
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    spec:
      containers:
      - name: web
`

const [deployment, pod] = readManifests(text).manifests

/** The place of a field, as `line:column-line:column text`. */
function place(field: string, manifest = deployment): string | undefined {
  if (manifest === undefined) return undefined
  const { start, end, offset } = manifest.locate(field)
  const lines = text.split('\n').slice(0, end.line - 1)
  const shown = text.slice(offset, lines.join('\n').length + (end.line > 1 ? 1 : 0) + end.column - 1)
  return `${start.line}:${start.column}-${end.line}:${end.column} ${shown}`
}

void t.test('a field is located at its key, with a short value', (test) => {
  test.equal(place('spec.replicas'), '8:3-8:14 replicas: 1')
  test.equal(place('spec.template'), '9:3-9:11 template')
  test.equal(place('metadata.annotations.example.com/key.part'), '6:5-6:30 example.com/key.part: "a"')
  test.end()
})

void t.test('an item of a list is located by its name or its index', (test) => {
  test.equal(place('spec.template.spec.containers[name=web]'), '12:11-12:19 image: a')
  test.equal(place('spec.template.spec.containers[1]'), '16:12-16:22 name: side')
  test.equal(place('spec.template.spec.containers[name=web].args[0]'), '15:15-15:16 b')
  test.end()
})

void t.test('a field that is missing is located at its nearest parent', (test) => {
  test.equal(place('spec.strategy.type'), '7:1-7:5 spec')
  test.equal(place('spec.template.spec.containers[name=web].readinessProbe'), '12:11-12:19 image: a')
  test.equal(place('spec.template.spec.containers[name=none].readinessProbe'), '11:7-11:17 containers')
  test.equal(place('spec.template.spec.containers[name=side].args[0]'), '16:24-16:35 args: *args')
  test.equal(place('status'), '2:1-2:20 apiVersion: apps/v1')
  test.equal(place(''), '2:1-2:20 apiVersion: apps/v1')
  test.end()
})

void t.test('an object of a List is located in it', (test) => {
  test.equal(place('spec.containers[name=web]', pod), '25:9-25:18 name: web')
  test.equal(place('status', pod), '21:5-21:19 apiVersion: v1')
  test.end()
})

void t.test('lines count with CRLF and a byte order mark, which has no column', (test) => {
  const [manifest] = readManifests('\uFEFFapiVersion: v1\r\nkind: A\r\nspec: 1\r\n').manifests
  test.strictSame(manifest?.locate('spec'), {
    start: { line: 3, column: 1 },
    end: { line: 3, column: 8 },
    offset: 26
  })
  test.strictSame(manifest?.locate('').start, { line: 1, column: 1 })
  test.end()
})

void t.test('of a key that is written twice, the last one is located', (test) => {
  const [manifest] = readManifests('apiVersion: v1\nkind: A\nspec: {a: 1}\nspec: {a: 2, 0644: 3}\n').manifests
  test.strictSame(manifest?.locate('spec.a').start, { line: 4, column: 8 })
  test.strictSame(manifest?.locate('spec.420').start, { line: 4, column: 14 }, 'a number is a key by its value')
  test.end()
})

void t.test('a text block is located at its key alone, and an alias as it is written', (test) => {
  const written = 'apiVersion: v1\nkind: &kind A\ndata: |\n  a\n  b\nnone:\nlist: [*kind, []]\n'
  const [manifest] = readManifests(written).manifests
  const shown = (field: string) => {
    const { start, end } = manifest?.locate(field) ?? {}
    return `${start?.line}:${start?.column}-${end?.line}:${end?.column}`
  }
  test.equal(shown('data'), '3:1-3:5')
  test.equal(shown('data.a'), '3:1-3:5')
  test.equal(shown('none'), '6:1-6:6')
  test.equal(shown('list[0]'), '7:8-7:13')
  test.equal(shown('list[1]'), '7:15-7:17')
  test.equal(shown('list[2]'), '7:1-7:5')
  test.end()
})

void t.test('a field of JSON is located, too', (test) => {
  const [first, second] = readManifests(
    '{"apiVersion":"v1","kind":"A","items":[{"name":"b"}]}\n{"apiVersion":"v1","kind":"B"}'
  ).manifests
  test.strictSame(first?.locate('items[name=b]').start, { line: 1, column: 41 })
  test.strictSame(second?.locate('kind').start, { line: 2, column: 20 })
  test.end()
})
