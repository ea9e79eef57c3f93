import t from 'tap'
import { PatchBuilder, type PatchOperation } from '../../../src/engine/injection/patch-builder.ts'
import { type Place, toPointer } from '../../../src/kube/json.ts'
import { parseWorkload } from '../../../src/kube/workload.ts'
import { applied, frozen } from '../../support/workloads.ts'

const object = frozen({
  metadata: { annotations: { 'a/b~c': 'x' } },
  spec: { containers: [{ name: 'web' }, { name: 'api', lifecycle: {} }], grace: 30, empty: '', zero: 0, no: false }
})

interface Edit {
  place: Place
  value: unknown
}

/** The operations that some edits come to, which another implementation applies with the same outcome. */
function operationsOf(edits: readonly Edit[], before: unknown = object): PatchOperation[] {
  const patch = new PatchBuilder({ ...parseWorkload('Deployment', {}), object: before })
  for (const { place, value } of edits) patch.set(toPointer(place), place, value)
  const operations = [...patch.operations().values()]
  t.strictSame(applied(before, operations), patch.subject.object, `${JSON.stringify(edits)} applies`)
  return operations
}

type Case = readonly [fact: string, place: Place, value: unknown, operation: PatchOperation]

const add = (path: string, value: unknown): PatchOperation => ({ op: 'add', path, value })
const replace = (path: string, value: unknown): PatchOperation => ({ op: 'replace', path, value })
const [first, second] = ['/spec/containers/0', '/spec/containers/1']

const cases: readonly Case[] = [
  ['beside what is there', ['spec', 'hostname'], 'web', add('/spec/hostname', 'web')],
  ['in an item of a list', ['spec', 'containers', 0, 'image'], 'web:1', add(`${first}/image`, 'web:1')],
  [
    'with its parent',
    ['spec', 'containers', 0, 'lifecycle', 'preStop'],
    {},
    add(`${first}/lifecycle`, { preStop: {} })
  ],
  ['in an empty parent', ['spec', 'containers', 1, 'lifecycle', 'preStop'], {}, add(`${second}/lifecycle/preStop`, {})],
  ['with all its parents', ['status', 'a', 'b'], 1, add('/status', { a: { b: 1 } })],
  ['under a key with a slash', ['metadata', 'annotations', 'x/y'], '[]', add('/metadata/annotations/x~1y', '[]')],
  ['under a key with a tilde', ['metadata', 'annotations', '~1'], '', add('/metadata/annotations/~01', '')],
  ['over a number', ['spec', 'grace'], 45, replace('/spec/grace', 45)],
  ['over nothing much', ['spec', 'empty'], 'x', replace('/spec/empty', 'x')],
  ['over zero', ['spec', 'zero'], 1, replace('/spec/zero', 1)],
  ['over no', ['spec', 'no'], true, replace('/spec/no', true)],
  ['out', ['metadata', 'annotations', 'a/b~c'], undefined, { op: 'remove', path: '/metadata/annotations/a~1b~0c' }]
]

void t.test('one place', (test) => {
  for (const [fact, place, value, operation] of cases)
    test.strictSame(operationsOf([{ place, value }]), [operation], fact)
  test.end()
})

void t.test('what stays as it is needs no operation', (test) => {
  test.strictSame(operationsOf([]), [])
  test.strictSame(operationsOf([{ place: ['spec', 'grace'], value: 30 }]), [])
  test.strictSame(operationsOf([{ place: ['spec', 'containers', 1, 'lifecycle'], value: {} }]), [])
  test.strictSame(operationsOf([{ place: ['spec', 'gone'], value: undefined }]), [], 'nothing is not taken out')
  test.end()
})

void t.test('several places, in their order', (test) => {
  const lifecycle = ['spec', 'containers', 0, 'lifecycle']
  const operations = operationsOf([
    { place: [...lifecycle, 'preStop'], value: { sleep: {} } },
    { place: [...lifecycle, 'postStart'], value: {} },
    { place: ['metadata', 'annotations', 'note'], value: 'x' },
    { place: ['spec', 'grace'], value: 45 }
  ])
  test.strictSame(
    operations.map(({ op, path }) => `${op} ${path}`),
    [
      `add ${first}/lifecycle`,
      `add ${first}/lifecycle/postStart`,
      'add /metadata/annotations/note',
      'replace /spec/grace'
    ],
    'a parent goes in once'
  )
  test.end()
})

void t.test('parents where there is no object at all', (test) => {
  const place = ['metadata', 'annotations', 'a']
  test.strictSame(operationsOf([{ place, value: 'b' }], {}), [add('/metadata', { annotations: { a: 'b' } })])
  const nulls = operationsOf([{ place, value: 'b' }], { metadata: null })
  test.strictSame(nulls, [add('/metadata', { annotations: { a: 'b' } })], 'null is no parent')
  test.throws(() => operationsOf([{ place: ['__proto__', 'x'], value: 1 }], {}), {
    message: 'no place __proto__ in an object'
  })
  test.notOk('x' in {}, 'no prototype was touched')
  test.end()
})
