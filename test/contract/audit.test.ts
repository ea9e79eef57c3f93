import t from 'tap'
import { known, unknown } from '../../src/inventory/fact.ts'
import { factsOf } from '../support/facts.ts'
import { admitOf, ask, deployment, sound, web } from '../support/workloads.ts'
import { textOf } from './tree.ts'

/** What the page says of an audit annotation: the keys of its items, in order; none where an item is a text. */
interface Row {
  keys: readonly string[]
  isList: boolean
}

const page = textOf('docs/operations.md')
const start = page.indexOf('| key | content | keys of an item |')
const table = page.slice(start, page.indexOf('\n\n', start))
const rows = new Map<string, Row>(
  table
    .split('\n')
    .slice(2)
    .map((line) => {
      const [, key = '', , last = ''] = line.split('|').map((cell) => cell.trim())
      const isList = !last.startsWith('no list')
      const isText = !isList || last.startsWith('an item is')
      const keys = isText ? [] : [...last.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
      return [key.replaceAll('`', ''), { keys, isList }]
    })
)

const spread = { topologySpreadConstraints: [{ topologyKey: 'kubernetes.io/hostname' }] }
const annotations = { 'holdfast.dev/exempt.readiness-probe': 'no port yet' }
const repairing = { labels: known({ 'holdfast.dev/inject': 'enabled' }) }
const short = deployment({ pod: { terminationGracePeriodSeconds: 10 } })
const quorum = deployment({ containers: [sound], pod: spread, spec: { replicas: 1 } })
const owner = { apiVersion: 'example.com/v1', kind: 'App', name: 'a', uid: '1', controller: true }

/** The audit annotations of requests that together have every kind of item. */
const samples = [
  ask(admitOf(), 'audit', { object: deployment({ containers: [web], annotations }) }),
  ask(admitOf({ facts: factsOf({ autoscaler: unknown('unread') }) }), 'audit', { object: quorum }),
  ask(admitOf(repairing), 'audit', { object: short }),
  ask(admitOf(), 'mutate', { object: deployment() }),
  ask(admitOf(), 'enforce', {
    object: deployment({ metadata: { ownerReferences: [owner] } }),
    request: { userInfo: { username: 'system:serviceaccount:operators:app-operator' } }
  })
].flatMap(({ auditAnnotations = {} }) => Object.entries(auditAnnotations))

void t.test('every audit annotation is documented, and there are no others', (test) => {
  test.strictSame([...new Set(samples.map(([key]) => key))].toSorted(), [...rows.keys()].toSorted())
  test.end()
})

void t.test('an item has the documented keys, in their order, and no others', (test) => {
  for (const [key, { keys, isList }] of rows) {
    if (!isList) continue
    const items = samples.filter(([name]) => name === key).flatMap(([, text]) => JSON.parse(text) as unknown[])
    test.not(items.length, 0, key)
    const seen = items.map((item) => (typeof item === 'string' ? [] : Object.keys(item as object)))
    for (const found of seen)
      test.strictSame(
        found,
        keys.filter((name) => found.includes(name)),
        `${key}: ${found.join(' ')}`
      )
    test.strictSame(
      keys.filter((name) => !seen.flat().includes(name)),
      [],
      `${key}: every documented key is there`
    )
  }
  test.end()
})
