import t from 'tap'
import { known } from '../../src/inventory/fact.ts'
import { ObjectSet, type ObjectSetOptions, type SetObject } from '../../src/inventory/object-set.ts'
import { kinds } from '../../src/kube/kinds.ts'
import { fileProvenance } from '../../src/kube/provenance.ts'
import { budgetJson, hpaJson, namespaceJson, nodeJson, serviceJson, workloadJson } from './objects.ts'

type Json = Record<string, unknown>

const companions: ObjectSetOptions['companions'] = {
  enabled: true,
  kinds: new Set(['apps/Deployment']),
  excludedNamespaces: new Set(),
  isExempt: () => false
}

const at = (file: string, ...values: readonly Json[]): SetObject[] => values.map((value) => ({ file, value }))

function setOf(objects: readonly SetObject[], given: Partial<ObjectSetOptions> = {}): ObjectSet {
  return new ObjectSet(objects, { serverVersion: known({ major: 1, minor: 36 }), companions, ...given })
}

/** What is known around the Deployment of that name, as a file sees it. */
function seen(set: ObjectSet, file: string, name = 'web') {
  const subject = kinds.Deployment.parse?.(workloadJson(name), fileProvenance)
  if (subject === undefined) throw new Error('no kind that is judged')
  const { factsFor, namespaceLabels } = set.seenFrom(file)
  const facts = factsFor(subject)
  return {
    floor: facts.autoscaler.known ? (facts.autoscaler.value?.minReplicas ?? 'none') : facts.autoscaler.why,
    budgets: facts.budgets.known ? facts.budgets.value.map((budget) => budget.name) : facts.budgets.why,
    services: facts.services.known ? facts.services.value.length : facts.services.why,
    nodes: facts.nodes.known ? facts.nodes.value.all.length : facts.nodes.why,
    companion: facts.companion.known ? facts.companion.value : facts.companion.why,
    labels: namespaceLabels('shop')
  }
}

const budget = budgetJson('web', { matchLabels: { app: 'web' } })

void t.test('what is not in a set does not exist, but for nodes', (test) => {
  const set = setOf(at('web.yaml', workloadJson('web'), budget, serviceJson('web', { app: 'web' })))
  test.strictSame(seen(set, 'web.yaml'), {
    floor: 'none',
    budgets: ['web'],
    services: 1,
    nodes: 'no nodes are in the set',
    companion: false,
    labels: known({})
  })
  const two = setOf([...at('web.yaml', workloadJson('web')), ...at('node.yaml', nodeJson('a'))])
  test.equal(seen(two, 'web.yaml').nodes, 1)
  test.end()
})

void t.test('what is not in a part of a set is unknown', (test) => {
  const set = setOf(at('web.yaml', workloadJson('web'), budget), { partial: true })
  test.match(seen(set, 'web.yaml'), {
    floor: 'the set is only a part',
    budgets: 'the set is only a part',
    companion: 'the set is only a part'
  })
  test.end()
})

void t.test('a set lies over a cluster, which fills in the rest', (test) => {
  const cluster = {
    objects: [
      namespaceJson('shop', { 'holdfast.dev/profile': 'critical' }),
      hpaJson('web', 'web'),
      budget,
      nodeJson('a')
    ],
    sources: new Set([
      'namespaces',
      'autoscalers',
      'budgets',
      'nodes',
      'workloads',
      'services',
      'claims',
      'jobs'
    ] as const)
  }
  const mine = hpaJson('web', 'web', { spec: { minReplicas: 5 } })
  const set = setOf(at('web.yaml', workloadJson('web'), mine), { cluster, partial: true })
  test.match(seen(set, 'web.yaml'), { floor: 5, budgets: ['web'], nodes: 1, labels: { known: true } })
  const some = setOf(at('web.yaml', workloadJson('web')), {
    cluster: { objects: [budget], sources: new Set(['budgets']) }
  })
  test.match(seen(some, 'web.yaml'), { budgets: ['web'], floor: 'not in the facts' })
  test.end()
})

const floorOf = (minReplicas: number) => hpaJson('web', 'web', { spec: { minReplicas } })

void t.test(
  'of several objects of one identity, a file sees its own, else that of its folder, else it does not know',
  (test) => {
    const set = setOf([
      ...at('base/web.yaml', workloadJson('web')),
      ...at('dev/hpa.yaml', floorOf(1)),
      ...at('dev/web.yaml', workloadJson('other')),
      ...at('prod/a.yaml', floorOf(2)),
      ...at('prod/b.yaml', floorOf(3)),
      ...at('prod/c.yaml', workloadJson('third'))
    ])
    const floors = () =>
      ['dev/hpa.yaml', 'dev/web.yaml', 'prod/a.yaml', 'prod/b.yaml'].map((file) => seen(set, file).floor)
    test.strictSame(floors(), [1, 1, 2, 3])
    test.strictSame(floors().toReversed(), [3, 2, 1, 1], 'in any order')
    for (const file of ['base/web.yaml', 'prod/c.yaml', 'elsewhere/x.yaml']) {
      test.equal(seen(set, file).floor, 'its namespace has horizontalpodautoscalers that cannot be kept', file)
      test.strictSame(seen(set, file).budgets, [], 'other kinds are known')
    }
    test.strictSame(set.contested, [
      { name: 'HorizontalPodAutoscaler shop/web', files: ['dev/hpa.yaml', 'prod/a.yaml', 'prod/b.yaml'] }
    ])
    test.end()
  }
)

void t.test('copies that say the same, and the last of several in one file, are no reason for doubt', (test) => {
  const set = setOf([...at('a/x.yaml', floorOf(1), floorOf(2)), ...at('b/x.yaml', budget), ...at('c/x.yaml', budget)])
  test.match(seen(set, 'd/x.yaml'), { floor: 2, budgets: ['web'] })
  test.strictSame(set.contested, [])
  test.end()
})

void t.test('what an object means that cannot be read is unknown', (test) => {
  const set = setOf(at('web.yaml', workloadJson('web'), floorOf(1), { ...floorOf(1), spec: { minReplicas: 'two' } }))
  test.equal(seen(set, 'web.yaml').floor, 'its namespace has horizontalpodautoscalers that cannot be kept')
  const nameless = setOf(at('web.yaml', workloadJson('web'), { ...budget, metadata: { namespace: 'shop' } }))
  test.strictSame(seen(nameless, 'web.yaml').budgets, [])
  test.end()
})
