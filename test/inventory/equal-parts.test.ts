import t from 'tap'
import { EqualParts, shareTexts } from '../../src/inventory/equal-parts.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { usedHeap } from '../fuzz/heap.ts'
import { inventoryOf } from '../support/inventory.ts'
import { deployment } from '../support/workloads.ts'

void t.test('a part that is there already is given for an equal one', (test) => {
  const parts = new EqualParts()
  const first = ['ReadWriteOnce']
  test.equal(parts.once(first), first)
  test.equal(parts.once(['ReadWriteOnce']), first)
  test.not(parts.once(['ReadWriteMany']), first)
  test.end()
})

void t.test('long parts are not compared, and not too many are remembered', (test) => {
  const parts = new EqualParts()
  const long = ['x'.repeat(1000)]
  parts.once(long)
  test.not(parts.once([...long]), long)
  const early = parts.once(['early'])
  for (let index = 0; index < 2000; index++) parts.once([`part-${index}`])
  test.not(parts.once(['early']), early, 'it was forgotten')
  test.end()
})

void t.test('an inventory keeps once what its objects have alike', (test) => {
  const claims = ['one', 'two'].map((name) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'shop' },
    spec: { accessModes: ['ReadWriteOnce'] }
  }))
  const inventory = inventoryOf(claims, new Inventory())
  const [one, two] = [...inventory.claims.entries()].map(([, claim]) => claim)
  test.strictSame(one?.accessModes, ['ReadWriteOnce'])
  test.equal(one?.accessModes, two?.accessModes)
  test.end()
})

/** As each object of a list brings its own. */
function copiesOf(text: string, count: number): string[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: count }, () => bytes.toString())
}

void t.test('equal texts share their memory', (test) => {
  const [count, length] = [20_000, 200]
  const copies = copiesOf('x'.repeat(length), count)
  const before = usedHeap()
  shareTexts(copies)
  const freed = before - usedHeap()
  test.ok(freed > (count * length) / 2, `${freed} bytes less`)
  test.strictSame(new Set(copies), new Set(['x'.repeat(length)]), 'they are as before')
  test.end()
})

void t.test('nothing of an object changes that is kept', (test) => {
  const given = deployment()
  const before = structuredClone(given)
  shareTexts(given)
  test.strictSame(given, before)
  shareTexts(['__proto__', 'constructor', '', 'x'.repeat(1000), null, 7, true])
  test.equal(Object.keys({}).length, 0)
  test.end()
})
