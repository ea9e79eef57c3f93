import t from 'tap'
import { readFacts } from '../../src/inventory/facts-file.ts'
import { sources } from '../../src/inventory/source.ts'
import { MalformedObject } from '../../src/kube/shape.ts'

const file = { apiVersion: 'holdfast.dev/v1', kind: 'Facts', objects: [{ apiVersion: 'v1', kind: 'Node' }] }

void t.test('a facts file has all objects of every source that it does not miss', (test) => {
  const whole = readFacts({ ...file, serverVersion: '1.34' })
  test.strictSame(whole.serverVersion, { major: 1, minor: 34 })
  test.strictSame(whole.objects, file.objects)
  test.ok(whole.sources.has('nodes') && whole.sources.has('budgets'))
  const part = readFacts({ ...file, missing: { nodes: 'forbidden' } })
  test.equal(part.serverVersion, undefined)
  test.notOk(part.sources.has('nodes'))
  test.ok(part.sources.has('budgets'))
  test.end()
})

const wrong: readonly (readonly [given: unknown, says: string])[] = [
  [[], 'the object: expected an object'],
  [{ ...file, kind: 'List' }, 'kind: expected Facts'],
  [{ ...file, apiVersion: 'holdfast.dev/v2' }, 'apiVersion: expected holdfast.dev/v1'],
  [{ ...file, objects: undefined }, 'objects: expected a list'],
  [{ ...file, objects: ['x'] }, 'objects[0]: expected an object'],
  [{ ...file, serverVersion: 'new' }, 'serverVersion: expected a Kubernetes version'],
  [{ ...file, missing: { secrets: 'forbidden' } }, `missing: expected one of ${sources.join(', ')}, replicaSets, pods`]
]

void t.test('what is wrong with a facts file names the field', (test) => {
  for (const [given, says] of wrong) test.throws(() => readFacts(given), new MalformedObject(says))
  test.end()
})
