import * as fc from 'fast-check'
import t from 'tap'
import { BoundedStore } from '../../src/inventory/bounded-store.ts'
import { ObjectStore } from '../../src/inventory/object-store.ts'
import { Room, type RoomLimits, roomOf } from '../../src/inventory/room.ts'
import { sizeOf } from '../../src/inventory/size.ts'

type Item = Readonly<Record<string, string>>

/** Of about that many bytes. */
function itemOf(bytes: number, name = 'a'): Item {
  return { name, text: 'x'.repeat(Math.max(0, bytes - sizeOf({ name, text: '' }))) }
}

interface World {
  inner: ObjectStore<Item>
  bounded: BoundedStore<Item>
  room: Room
  told: string[]
}

function worldOf(limits: Partial<RoomLimits> = {}, makeRoom: (namespace: string) => boolean = () => false): World {
  const room = new Room({ object: 1000, namespace: 4000, all: 10_000, ...limits })
  const told: string[] = []
  const inner = new ObjectStore<Item>((key, before, after) => {
    told.push(`${after === undefined ? '-' : before === undefined ? '+' : '~'}${key}`)
  })
  return { inner, room, told, bounded: new BoundedStore(inner, room, makeRoom) }
}

void t.test('the size of a value is counted to its limit', (test) => {
  test.equal(sizeOf('abc'), sizeOf(1) + 3)
  test.equal(sizeOf(['abc', 'd']), 3 * sizeOf(1) + 4)
  test.equal(sizeOf({ key: 'abc' }), 2 * sizeOf(1) + 6)
  const many = Array.from({ length: 100_000 }, (_, index) => index)
  test.ok(sizeOf(many, 1000) < 1200, 'no further than it must')
  test.ok(sizeOf(many) > 4_000_000)
  test.end()
})

void t.test('an object that is too large is left out until it is smaller, or gone', (test) => {
  const { inner, bounded, room, told } = worldOf()
  bounded.set('shop/web', itemOf(900))
  bounded.set('shop/web', itemOf(1100))
  test.strictSame([inner.get('shop/web'), bounded.leftOut, room.used], [undefined, 1, 0])
  test.strictSame([bounded.lacks('shop'), bounded.lacks('sho'), bounded.lacks('')], [true, false, false])
  bounded.set('shop/web', itemOf(500))
  test.strictSame([bounded.leftOut, bounded.lacks('shop')], [0, false])
  bounded.set('shop/web', itemOf(1100))
  bounded.delete('shop/web')
  test.strictSame([bounded.leftOut, bounded.lacks('shop'), room.used], [0, false, 0])
  test.strictSame(told, ['+shop/web', '-shop/web', '+shop/web', '-shop/web'])
  test.end()
})

void t.test('a namespace has a share, objects without one have none', (test) => {
  const { inner, bounded } = worldOf()
  for (let index = 0; index < 6; index++) bounded.set(`shop/${index}`, itemOf(900))
  test.strictSame([inner.size, bounded.leftOut], [4, 2])
  bounded.set('other/0', itemOf(900))
  for (let index = 0; index < 5; index++) bounded.set(`node-${index}`, itemOf(900))
  test.strictSame([inner.size, bounded.leftOut], [10, 2])
  test.strictSame([bounded.lacks('other'), bounded.lacks('')], [false, false])
  test.end()
})

const wanted = (namespace: string) => namespace === '' || namespace.startsWith('in-')

void t.test('where all room is taken, what is not wanted goes', (test) => {
  const world = worldOf({ namespace: 3000, all: 6000 }, (namespace) => {
    world.bounded.leaveOutAll(wanted)
    return wanted(namespace)
  })
  const { inner, bounded, room } = world
  for (const namespace of ['out-1', 'in-1', 'out-2']) {
    for (const index of [1, 2]) bounded.set(`${namespace}/${index}`, itemOf(900))
  }
  test.equal(inner.size, 6)
  bounded.set('in-2/1', itemOf(900))
  test.strictSame([...inner.entries()].map(([key]) => key).toSorted(), ['in-1/1', 'in-1/2', 'in-2/1'])
  test.strictSame([bounded.lacks('out-1'), bounded.lacks('in-1'), bounded.lacks('in-2')], [true, false, false])
  bounded.set('out-3/1', itemOf(900))
  test.equal(inner.get('out-3/1') === undefined, false, 'there is room again')
  for (const index of [1, 2, 3, 4]) bounded.set(`in-3/${index}`, itemOf(900))
  test.ok(room.used <= 6000, 'never more than there is')
  test.end()
})

void t.test('a fresh list counts anew', (test) => {
  const { inner, bounded, room } = worldOf()
  bounded.set('shop/old', itemOf(1100))
  bounded.set('shop/web', itemOf(300))
  bounded.replace(
    new Map([
      ['shop/web', itemOf(500)],
      ['shop/large', itemOf(1100)]
    ])
  )
  test.strictSame(
    [...inner.entries()].map(([key]) => key),
    ['shop/web']
  )
  test.strictSame([bounded.leftOut, bounded.lacks('shop'), bounded.lacks('odd')], [1, true, false])
  test.equal(room.used, sizeOf(itemOf(500)))
  bounded.replace(new Map())
  test.strictSame([bounded.leftOut, room.used, room.usedBy('shop')], [0, 0, 0])
  test.end()
})

const key = fc.constantFrom('a/1', 'a/2', 'b/1', 'b/2', 'n1', 'n2')
const size = fc.integer({ min: 100, max: 1500 })
const change = fc.oneof(
  fc.tuple(fc.constant('set' as const), key, size),
  fc.tuple(fc.constant('delete' as const), key, size),
  fc.tuple(fc.constant('replace' as const), key, size)
)

void t.test('what is used is the sum of what is kept, and each object is kept or left out', (test) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const { inner, bounded, room } = worldOf({ namespace: 1500, all: 3000 })
      const existing = new Set<string>()
      for (const [what, at, bytes] of changes) {
        if (what === 'replace') {
          existing.clear()
          bounded.replace(new Map([[at, itemOf(bytes)]]))
        } else if (what === 'set') bounded.set(at, itemOf(bytes))
        else bounded[what](at)
        if (what === 'delete') existing.delete(at)
        else existing.add(at)
        const kept = [...inner.entries()]
        const used = kept.reduce((sum, [, item]) => sum + sizeOf(item), 0)
        if (room.used !== used || used > 3000) throw new Error(`${room.used} counted, ${used} used`)
        if (kept.length + bounded.leftOut !== existing.size) throw new Error(`${existing.size} exist`)
      }
    }),
    { numRuns: 300 }
  )
  test.pass('300 histories')
  test.end()
})

void t.test('the limits follow from the memory', (test) => {
  const { object, namespace, all } = roomOf(64 * 1024 * 1024)
  test.strictSame([object, namespace, all], [65_536, 16 * 1024 * 1024, 64 * 1024 * 1024])
  test.end()
})
