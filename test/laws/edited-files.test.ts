import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { type Place, sameJson, setValueAt } from '../../src/kube/json.ts'
import { isObject } from '../../src/kube/shape.ts'
import { parseDocument } from '../../src/manifests/document.ts'
import { type Added, editManifests } from '../../src/manifests/edit.ts'
import { applyInsertions } from '../../src/manifests/insertion.ts'
import { splitDocuments } from '../../src/manifests/split.ts'
import { jsonText, yamlText } from './generated-yaml.ts'
import { law } from './law.ts'

/** The places of all mappings and lists, and of all keys without a value. */
function placesIn(value: unknown, at: Place = []): Place[] {
  if (Array.isArray(value)) return [at, ...value.flatMap((item, index) => placesIn(item, [...at, index]))]
  if (!isObject(value)) return []
  return [at, ...Object.keys(value).flatMap((key) => placesIn(value[key], [...at, key]))]
}

function read(text: string): unknown {
  const [chunk] = splitDocuments(text).chunks
  if (chunk?.json !== undefined) return chunk.json.value
  const parsed = parseDocument(chunk?.text ?? '')
  assert.equal(parsed.outcome, 'read', text)
  return parsed.outcome === 'read' ? parsed.value : undefined
}

const values = [
  35,
  'yes',
  { sleep: { seconds: 10 } },
  [{ key: 'a/b', labels: { x: 'y' } }],
  [],
  {},
  [[1], { a: [] }],
  'two\nlines'
]

/** Additions to collections of a value: `new` keys, the next item of a list. */
function additionsTo(value: unknown, draws: readonly (readonly [number, number])[]): Added[] {
  const places = placesIn(value)
  const added = new Map<string, Added>()
  for (const [which, what] of draws) {
    const parent = places[which % places.length] ?? []
    const present = parent.reduce<unknown>((part, token) => Reflect.get(Object(part), token), value)
    const token = Array.isArray(present) ? present.length : ['new', 'other key', 'x/y'][what % 3]
    const place = [...parent, token ?? 'new', ...(what % 5 === 0 && !Array.isArray(present) ? ['deep', 'deeper'] : [])]
    added.set(JSON.stringify(parent), { place, value: values[what % values.length] })
  }
  return [...added.values()]
}

const draws = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 5 })

for (const [kind, texts] of Object.entries({ YAML: yamlText, JSON: jsonText })) {
  law(
    `${kind} takes every addition, keeps every character, and is then the object with the additions`,
    fc.tuple(texts, draws),
    ([text, drawn]) => {
      const value = read(text)
      const additions = additionsTo(value, drawn)
      const { text: edited, insertions, refused } = editManifests(text, [{ document: 0, at: [], additions }])
      assert.deepEqual(
        refused.map(({ why }) => why),
        [],
        text
      )
      const expected = structuredClone(value)
      for (const { place, value: added } of additions) setValueAt(expected, place, added)
      assert.ok(sameJson(read(edited), expected), `${text}\n=>\n${edited}`)
      assert.equal(applyInsertions(text, insertions), edited)
      assert.equal(
        editManifests(edited, [
          { document: 0, at: [], additions: additions.filter(({ place }) => typeof place.at(-1) === 'string') }
        ]).text,
        edited
      )
    }
  )
}
