import t from 'tap'
import { domainsAmong, type Topology, whyIdle } from '../../src/kube/idle-spread.ts'
import type { Labels } from '../../src/kube/label-selector.ts'
import type { PodSpec, SpreadConstraint } from '../../src/kube/pod.ts'
import { hostnameKey, type Spreading, zoneKey } from '../../src/kube/spread.ts'
import { nodesOf } from '../support/facts.ts'
import { valueOf } from '../support/inventory.ts'

const rack = 'example.com/rack'
const topologyOf = (...all: readonly Labels[]): Topology => valueOf(nodesOf(...all.map((labels) => ({ labels }))))
const host = (name: string, more: Labels = {}): Labels => ({ [hostnameKey]: name, ...more })
const none = topologyOf(host('a'), host('b'))
const one = topologyOf(host('a', { [zoneKey]: '1' }), host('b', { [zoneKey]: '1' }))
const two = topologyOf(host('a', { [zoneKey]: '1' }), host('b', { [zoneKey]: '2' }))
const growing = new Set([hostnameKey])

function over(topologyKey: string, more: SpreadConstraint = {}): Spreading {
  const constraint = { topologyKey, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', ...more }
  return { key: topologyKey, by: 'constraint', constraint }
}

const hard: SpreadConstraint = { whenUnsatisfiable: 'DoNotSchedule' }

/** The podSpec has the constraint itself, and others where they are given. */
function whyOf(spreading: Spreading, nodes: Topology | undefined, others: readonly Spreading[] = [], pods = 3) {
  const topologySpreadConstraints = [spreading, ...others].flatMap((each) =>
    each.by === 'constraint' ? [each.constraint] : []
  )
  const podSpec: PodSpec = { topologySpreadConstraints }
  return whyIdle(spreading, { podSpec, nodes, pods, growing })
}

void t.test('a soft constraint needs nodes that differ', (test) => {
  test.equal(whyOf(over(zoneKey), none), 'nodes')
  test.equal(whyOf(over(zoneKey), one), 'nodes')
  test.equal(whyOf(over(zoneKey), two), undefined)
  test.equal(whyOf(over(zoneKey), undefined), undefined, 'unknown nodes are not held against it')
  test.equal(whyOf(over(hostnameKey), topologyOf(host('a'))), undefined, 'the next node has another name')
  test.equal(whyOf(over(hostnameKey), topologyOf({ [zoneKey]: '1' })), 'nodes', 'without the label it counts nothing')
  test.end()
})

void t.test('a node that lacks the key of one soft constraint is passed over by all of them', (test) => {
  test.equal(whyOf(over(hostnameKey), none, [over(zoneKey)]), 'nodes')
  test.equal(whyOf(over(hostnameKey), none, [over(zoneKey, hard)]), undefined, 'a hard one does not pass over')
  test.equal(whyOf(over(zoneKey), topologyOf(host('a', { [zoneKey]: '1' }), { [zoneKey]: '2' })), undefined)
  const apart = topologyOf(host('a', { [zoneKey]: '1' }), { [zoneKey]: '2' })
  test.equal(whyOf(over(zoneKey), apart, [over(hostnameKey)]), 'nodes', 'the second zone is passed over')
  test.end()
})

void t.test('against a hard constraint pods wait', (test) => {
  test.equal(whyOf(over(zoneKey, hard), none), undefined, 'all of them, without the label')
  test.equal(whyOf(over(zoneKey, hard), one), 'nodes', 'none of them, in a single zone')
  test.equal(whyOf(over(zoneKey, { ...hard, minDomains: 2 }), one), undefined, 'but those above maxSkew')
  test.equal(whyOf(over(zoneKey, hard), two), undefined)
  test.end()
})

void t.test('a maxSkew that all pods fit into spreads none, whatever the nodes', (test) => {
  test.equal(whyOf(over(zoneKey, { ...hard, maxSkew: 3 }), two), 'skew')
  test.equal(whyOf(over(zoneKey, { maxSkew: 3 }), undefined), 'skew')
  test.equal(whyOf(over(zoneKey, { maxSkew: 2 }), two), undefined)
  test.equal(whyOf(over(zoneKey, { maxSkew: 1 }), two, [], 1), undefined, 'one pod has nothing to share')
  test.end()
})

/** Of pods that are pinned to one value of the `key`. */
function whyPinned(spreading: Spreading, key: string, nodes: Topology | undefined) {
  const podSpec: PodSpec = { nodeSelector: { [key]: '1' } }
  return whyIdle(spreading, { podSpec, nodes, pods: 3, growing: new Set([key]) })
}

void t.test('pods that are pinned to one value of a key are not spread over it', (test) => {
  test.equal(whyPinned(over(zoneKey), zoneKey, two), 'pinned')
  test.equal(whyPinned(over(zoneKey), zoneKey, undefined), 'pinned', 'whatever the nodes')
  test.equal(whyPinned(over(zoneKey, hard), zoneKey, two), 'pinned')
  test.equal(whyPinned(over(zoneKey, { ...hard, minDomains: 2 }), zoneKey, two), undefined, 'further pods wait')
  test.equal(whyPinned({ key: zoneKey, by: 'anti-affinity', required: true }, zoneKey, two), undefined)
  test.equal(whyPinned({ key: zoneKey, by: 'anti-affinity', required: false }, zoneKey, two), 'pinned')
  test.equal(whyPinned(over(zoneKey), rack, two), undefined)
  test.equal(whyPinned(over(hostnameKey), hostnameKey, two), undefined, 'there is nothing finer than a node')
  test.end()
})

void t.test('anti-affinity separates only nodes with its label', (test) => {
  const required: Spreading = { key: zoneKey, by: 'anti-affinity', required: true }
  const preferred: Spreading = { ...required, required: false }
  test.equal(whyOf(required, none), 'nodes')
  test.equal(whyOf(preferred, none), 'nodes')
  test.equal(whyOf(required, one), undefined, 'a second pod waits')
  test.equal(whyOf(preferred, one), 'nodes')
  test.equal(whyOf(preferred, two), undefined)
  test.equal(whyOf({ key: hostnameKey, by: 'ports of the node' }, topologyOf({})), undefined, 'no label is needed')
  test.end()
})

void t.test('domains are counted over the nodes that have all keys, and no further than asked', (test) => {
  const nodes = topologyOf({ [zoneKey]: '1', [rack]: 'x' }, { [zoneKey]: '2' }, { [zoneKey]: '3', [rack]: 'y' })
  test.equal(domainsAmong(nodes, zoneKey, [zoneKey], 9), 3)
  test.equal(domainsAmong(nodes, zoneKey, [zoneKey, rack], 9), 2)
  test.equal(domainsAmong(nodes, zoneKey, [zoneKey], 1), 1)
  test.equal(domainsAmong(nodes, zoneKey, ['constructor'], 9), 0)
  test.end()
})
