import t from 'tap'
import type { ProfileName } from '../../src/engine/api.ts'
import { type Fact, known, unknown } from '../../src/inventory/fact.ts'
import type { Facts } from '../../src/inventory/facts/index.ts'
import type { Nodes } from '../../src/inventory/node-set.ts'
import { valueAt } from '../../src/kube/json.ts'
import { factsOf, nodesOf } from '../support/facts.ts'
import { admitOf, ask, deployment, mutated, operationsIn, sound } from '../support/workloads.ts'

const hostname = 'kubernetes.io/hostname'
const zone = 'topology.kubernetes.io/zone'
const zoneless = nodesOf({ labels: { [hostname]: 'one' } }, { labels: { [hostname]: 'two' } })
const zoned = nodesOf({ labels: { [hostname]: 'one', [zone]: 'a' } }, { labels: { [hostname]: 'two', [zone]: 'b' } })
const unseen: Fact<Nodes> = unknown('nodes are stale')

const admitWith = (nodes: Fact<Nodes>, profile: ProfileName = 'standard', more: Partial<Facts> = {}) =>
  admitOf({ profile, facts: factsOf({ nodes, ...more }) })
const manifest = deployment({ containers: [sound] })
const next = deployment({ containers: [{ ...sound, image: 'web:2' }] })

function keysIn(object: unknown): unknown[] {
  const constraints = valueAt(object, ['spec', 'template', 'spec', 'topologySpreadConstraints'])
  return Array.isArray(constraints) ? constraints.map((one) => valueAt(one, ['topologyKey'])) : []
}

function created(nodes: Fact<Nodes>): unknown {
  return mutated(admitWith(nodes), { object: manifest })
}

void t.test('zones are spread over where nodes have them, or nobody knows', (test) => {
  test.strictSame(keysIn(created(zoned)), [hostname, zone])
  test.strictSame(keysIn(created(zoneless)), [hostname])
  test.strictSame(keysIn(created(unseen)), [hostname, zone])
  test.strictSame(keysIn(created(nodesOf())), [hostname, zone], 'before the first node is there')
  test.end()
})

void t.test('nodes that come and go change nothing of pods that nobody touches', (test) => {
  for (const before of [zoned, zoneless, unseen]) {
    const live = created(before)
    for (const now of [zoned, zoneless, unseen]) {
      const admit = admitWith(now)
      const again = mutated(admit, { object: manifest, oldObject: live })
      test.strictSame(valueAt(again, ['spec']), valueAt(live, ['spec']), 'the manifest is applied again')
      test.strictSame(operationsIn(ask(admit, 'mutate', { object: live, oldObject: live })), [])
    }
  }
  test.end()
})

function rolled(before: Fact<Nodes>, now: Fact<Nodes>): unknown[] {
  return keysIn(mutated(admitWith(now), { object: next, oldObject: created(before) }))
}

void t.test('a template that changes anyway follows the nodes', (test) => {
  test.strictSame(rolled(zoneless, zoned), [hostname, zone])
  test.strictSame(rolled(zoned, zoneless), [hostname])
  test.strictSame(rolled(zoneless, unseen), [hostname], 'what was found before holds while nobody knows')
  test.strictSame(rolled(zoned, unseen), [hostname, zone])
  test.end()
})

void t.test('in critical, zones are asked for where there are several', (test) => {
  const byNode = mutated(admitWith(zoneless, 'critical'), { object: manifest })
  const denied = (nodes: Fact<Nodes>) => {
    const { allowed } = ask(admitWith(nodes, 'critical', { autoscaler: known(null) }), 'enforce', { object: byNode })
    return !allowed
  }
  test.equal(denied(zoneless), false, 'a cluster without zones')
  test.equal(denied(nodesOf({ labels: { [hostname]: 'one', [zone]: 'a' } })), false, 'a cluster of one zone')
  test.equal(denied(unseen), false, 'what is not known denies nothing')
  test.equal(denied(zoned), true)
  test.end()
})
