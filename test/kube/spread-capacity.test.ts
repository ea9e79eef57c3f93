import t from 'tap'
import type { Node } from '../../src/kube/node.ts'
import { asksTooMuch, type Beside, shortagesOf } from '../../src/kube/spread-capacity.ts'
import { parseWorkload } from '../../src/kube/workload.ts'
import { nodesOf } from '../support/facts.ts'
import { deploymentWith } from '../support/policy-cases.ts'
import type { JsonMap } from '../support/workloads.ts'

const hostname = 'kubernetes.io/hostname'
const zone = 'topology.kubernetes.io/zone'
const own = { matchLabels: { app: 'web' } }
const taint = { key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }
type Given = Partial<Node>

const node = (name: string, labels: Record<string, string> = {}, more: Given = {}): Given => ({
  name,
  labels: { [hostname]: name, ...labels },
  ...more
})
const hard = (topologyKey: string, more: JsonMap = {}): JsonMap => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: own,
  ...more
})
const apart = (topologyKey: string, more: JsonMap = {}): JsonMap => ({
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: own, ...more }]
  }
})

/** Where how many of the pods have a place, and whether taints are why: `0: 3` or `0: 3 tainted`. */
function short(pod: JsonMap, replicas: number, ...nodes: Given[]): string[] {
  return shortBeside(undefined, pod, replicas, ...nodes)
}

/** The same of pods that run beside others only. */
function shortBeside(beside: Beside | undefined, pod: JsonMap, replicas: number, ...nodes: Given[]): string[] {
  const all = nodesOf(...nodes)
  if (!all.known) throw new Error('nodesOf knows')
  const workload = parseWorkload('Deployment', structuredClone(deploymentWith(pod, { replicas })))
  return shortagesOf(workload, all.value.all, beside).map(({ at, room, tainted }) => {
    return `${/\d+/.exec(at)?.[0]}: ${room}${tainted ? ' tainted' : ''}`
  })
}

const over = (...topologySpreadConstraints: JsonMap[]): JsonMap => ({ topologySpreadConstraints })
const three = [node('a', { [zone]: 'x' }), node('b', { [zone]: 'y' }), node('c', { [zone]: 'z' })]
const master = node('m', { [zone]: 'm' }, { taints: [taint] })
const toleration = { tolerations: [{ key: taint.key, operator: 'Exists' }] }

void t.test('a label that no node has', (test) => {
  test.strictSame(short(over(hard(zone)), 3, node('a'), node('b')), ['0: 0'])
  test.strictSame(short(over(hard(zone)), 3, node('a'), ...three), [], 'one node that has it is enough')
  test.strictSame(short(over(hard(zone, { whenUnsatisfiable: 'ScheduleAnyway' })), 3, node('a')), [], 'a wish')
  const counting = { labelSelector: { matchLabels: { app: 'api' } } }
  test.strictSame(short(over(hard('rack', counting)), 3, ...three), ['0: 0'], 'whatever it counts')
  test.strictSame(short(over(hard(hostname), hard('rack')), 3, ...three), ['1: 0'])
  const [x, y] = [node('x', { rack: '1' }), node('y', { row: '1' })]
  test.strictSame(short(over(hard('rack'), hard('row')), 1, x, y), ['1: 0'], 'no node that has both')
  test.strictSame(short({ ...over(hard('constructor')) }, 1, ...three), ['0: 0'], 'a key that every object inherits')
  test.end()
})

void t.test('where pods may run', (test) => {
  const ssd = { nodeSelector: { disk: 'ssd' } }
  const fast = node('d', { disk: 'ssd' })
  test.strictSame(short({ ...over(hard(zone)), ...ssd }, 1, ...three, fast), ['0: 0'], 'nodeSelector')
  test.strictSame(short({ ...over(hard(zone)), ...ssd }, 1, ...three), [], 'on no node at all: not by the constraint')
  test.strictSame(short(over(hard('team')), 1, ...three, node('m', { team: 'a' }, { taints: [taint] })), ['0: 0'])
  test.strictSame(short({ ...over(hard('team')), ...toleration }, 1, node('m', { team: 'a' }, { taints: [taint] })), [])
  const cordoned = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' }
  test.strictSame(
    short(over(hard(zone)), 1, node('a', { [zone]: 'x' }, { taints: [cordoned] })),
    [],
    'cordoned, for now'
  )
  test.end()
})

void t.test('more pods than there is room for', (test) => {
  test.strictSame(short(over(hard(zone)), 30, ...three), [], 'all domains grow alike')
  test.strictSame(short(over(hard(zone, { minDomains: 3 })), 30, ...three), [], 'as many as it wants')
  test.strictSame(short(over(hard(zone, { minDomains: 4 })), 4, ...three), ['0: 3'], 'one domain too few')
  test.strictSame(short(over(hard(zone, { minDomains: 4 })), 3, ...three), [], 'which are enough for three')
  test.strictSame(short(over(hard(zone, { minDomains: 4, maxSkew: 2 })), 6, ...three), [])
  test.strictSame(short(over(hard(zone, { minDomains: 4, maxSkew: 2 })), 7, ...three), ['0: 6'])
  const others = { labelSelector: { matchLabels: { app: 'api' } }, minDomains: 9 }
  test.strictSame(short(over(hard(zone, others)), 30, ...three), [], 'its own pods are not counted')
  test.strictSame(short(over(hard(zone, { minDomains: 4 })), 0, ...three), [], 'switched off')
  test.end()
})

void t.test('nodes that count though no pod may run on them', (test) => {
  test.strictSame(short(over(hard(hostname)), 3, ...three, master), [])
  test.strictSame(short(over(hard(hostname)), 4, ...three, master), ['0: 3 tainted'])
  test.strictSame(short(over(hard(hostname, { nodeTaintsPolicy: 'Ignore' })), 4, ...three, master), ['0: 3 tainted'])
  test.strictSame(short(over(hard(hostname, { nodeTaintsPolicy: 'Honor' })), 4, ...three, master), [])
  test.strictSame(short({ ...over(hard(hostname)), ...toleration }, 9, ...three, master), [])
  test.strictSame(short(over(hard(hostname, { minDomains: 9 })), 4, ...three, master), ['0: 3'], 'taints are not all')
  const beside = { nodeSelector: { [zone]: 'x' } }
  test.strictSame(short({ ...over(hard(hostname)), ...beside }, 9, ...three), [], 'nodeAffinityPolicy is Honor')
  const ignoring = over(hard(hostname, { nodeAffinityPolicy: 'Ignore' }))
  test.strictSame(short({ ...ignoring, ...beside }, 9, ...three), ['0: 1'])
  const sameZone = node('n', { [zone]: 'x' }, { taints: [taint] })
  test.strictSame(short(over(hard(zone)), 9, ...three, sameZone), [], 'a tainted node in a zone that has others')
  const keyless = { name: 'k', labels: { [hostname]: 'k' } }
  test.strictSame(
    short(over(hard(zone), hard(hostname)), 9, ...three, keyless),
    [],
    'a node without all keys is not counted'
  )
  test.end()
})

void t.test('required anti-affinity', (test) => {
  test.strictSame(short({ affinity: apart(hostname) }, 3, ...three), [])
  test.strictSame(short({ affinity: apart(hostname) }, 4, ...three), ['0: 3'])
  test.strictSame(short({ affinity: apart(hostname) }, 4, ...three, master), ['0: 3'], 'no pod may run there')
  test.strictSame(
    short({ affinity: apart(zone) }, 4, ...three, node('d')),
    [],
    'a node without the label takes any number'
  )
  test.strictSame(short({ affinity: apart('rack') }, 4, ...three), [], 'nobody has the label: it keeps nobody apart')
  const others = { labelSelector: { matchLabels: { app: 'api' } } }
  test.strictSame(short({ affinity: apart(hostname, others) }, 4, ...three), [], 'apart from others')
  test.strictSame(
    short({ affinity: apart(hostname, { namespaces: ['bank'] }) }, 4, ...three),
    [],
    'in another namespace'
  )
  const both = { ...over(hard(zone, { minDomains: 4 })), affinity: apart(hostname) }
  test.strictSame(short(both, 4, ...three), ['0: 3', '0: 3'])
  test.end()
})

void t.test('a Job has no replicas to count', (test) => {
  const raw = { spec: { parallelism: 9, template: { spec: over(hard(zone, { minDomains: 9 })) } } }
  const all = nodesOf(...three)
  test.strictSame(all.known && shortagesOf(parseWorkload('Job', structuredClone(raw)), all.value.all), [])
  test.end()
})

const podSpecOf = (pod: JsonMap) => parseWorkload('Deployment', structuredClone(deploymentWith(pod))).podSpec

void t.test('how much is asked of how many nodes', (test) => {
  const nodes = Array.from({ length: 5000 }, (_, index): Node => {
    return { name: `n-${index}`, labels: { [hostname]: `n-${index}` }, taints: [] }
  })
  const values = Array.from({ length: 200 }, (_, index) => `z-${index}`)
  const required = (given: string[]): JsonMap => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: zone, operator: 'In', values: given }] }]
      }
    }
  })
  const plain = podSpecOf({ ...over(hard(zone), hard(hostname)), affinity: required(values.slice(0, 20)) })
  test.equal(asksTooMuch(plain, nodes), false, 'a pod as there are many')
  test.equal(asksTooMuch(podSpecOf({ affinity: required(values) }), nodes), false, 'nothing to hold against them')
  const spec = { ...over(hard(zone)), affinity: required(values) }
  test.equal(asksTooMuch(podSpecOf(spec), nodes), true, '200 values')
  test.equal(asksTooMuch(podSpecOf(spec), nodes.slice(0, 100)), false, 'but not of 100 nodes')
  test.equal(asksTooMuch(podSpecOf(over(...values.map(() => hard(zone)), hard(zone))), nodes), true, '201 constraints')
  const tolerations = values.map((key) => ({ key, operator: 'Exists' }))
  test.equal(asksTooMuch(podSpecOf({ ...over(hard(zone)), tolerations }), nodes), true, '200 tolerations')
  test.end()
})

void t.test('a constraint that is there many times costs what it costs once', (test) => {
  const nodes = Array.from({ length: 300 }, (_, index) => node(`n-${index}`, { [zone]: 'x' }))
  const began = performance.now()
  const found = short(over(...Array.from({ length: 300 }, () => hard(zone))), 2, ...nodes)
  test.equal(found.length, 0, 'they can level: there is one zone')
  test.ok(performance.now() - began < 1000)
  test.end()
})

void t.test('pods that run beside others only', (test) => {
  const twoNodes = { key: hostname, most: 2 }
  const spread = over(hard(hostname))
  test.strictSame(shortBeside(twoNodes, { affinity: apart(hostname) }, 3, ...three), ['0: 2'])
  test.strictSame(shortBeside(twoNodes, { affinity: apart(zone) }, 3, ...three), ['0: 2'], 'two nodes are in two zones')
  test.strictSame(shortBeside(twoNodes, { affinity: apart(hostname) }, 2, ...three), [])
  test.strictSame(shortBeside(twoNodes, spread, 3, ...three), ['0: 2'], 'the third node counts, and stays empty')
  test.strictSame(shortBeside(twoNodes, over(hard(hostname, { maxSkew: 2 })), 4, ...three), [])
  test.strictSame(shortBeside(twoNodes, spread, 9, node('a'), node('b')), [], 'both nodes fill alike')
  const twoZones = { key: zone, most: 2 }
  test.strictSame(shortBeside(twoZones, { affinity: apart(zone) }, 3, ...three), ['0: 2'])
  test.strictSame(shortBeside(twoZones, spread, 3, ...three), [], 'a zone may have nodes enough')
  const unlabelled = [...three, node('d')]
  test.strictSame(short({ affinity: apart(zone) }, 4, ...unlabelled), [], 'a node without zone keeps nobody apart')
  test.strictSame(shortBeside(twoZones, { affinity: apart(zone) }, 4, ...unlabelled), ['0: 2'], 'it is beside nobody')
  test.strictSame(shortBeside({ key: 'rack', most: 1 }, spread, 3, ...three), [], 'no node has the label')
  test.end()
})
