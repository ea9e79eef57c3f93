import t from 'tap'
import { ObjectStore } from '../../src/inventory/object-store.ts'

interface Thing {
  labels: Record<string, string>
}

type Change = [key: string, before: Thing | undefined, after: Thing | undefined]

function recording(): { store: ObjectStore<Thing>; changes: () => Change[] } {
  let changes: Change[] = []
  const store = new ObjectStore<Thing>((...change) => changes.push(change))
  return { store, changes: () => changes.splice(0) }
}

void t.test('an object that says the same as before is no change', (test) => {
  const { store, changes } = recording()
  const first = { labels: { a: '1', b: '2' } }
  store.set('web', first)
  changes()
  test.equal(store.set('web', { labels: { b: '2', a: '1' } }), false)
  test.strictSame(changes(), [])
  test.equal(store.get('web'), first)
  const second = { labels: { a: '1' } }
  test.equal(store.set('web', second), true)
  test.strictSame(changes(), [['web', first, second]])
  test.equal(store.get('web'), second)
  test.end()
})

void t.test('a fresh list tells of what it changes, and keeps the objects that say the same', (test) => {
  const { store, changes } = recording()
  const [web, api] = [{ labels: { app: 'web' } }, { labels: { app: 'api' } }]
  store.replace(
    new Map([
      ['web', web],
      ['api', api],
      ['old', web]
    ])
  )
  changes()
  const moved = { labels: { app: 'api', tier: 'x' } }
  store.replace(
    new Map([
      ['web', structuredClone(web)],
      ['api', moved]
    ])
  )
  const told = changes()
  test.strictSame(
    told.map(([key]) => key),
    ['old', 'api']
  )
  test.equal(told[1]?.[1], api)
  test.equal(told[1]?.[2], moved)
  test.equal(store.get('web'), web)
  test.equal(store.size, 2)
  test.end()
})
