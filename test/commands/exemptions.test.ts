import { Registry } from 'prom-client'
import t from 'tap'
import { type ExemptionGauges, gaugeExemptions } from '../../src/commands/controller/exemptions.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { budgetJson, hpaJson, workloadJson } from '../inventory/objects.ts'

const policyIds = new Set(['min-replicas', 'budget-allows-disruption'])
const context = { policyIds, rules: { allowed: true, forbidden: new Set<string>() }, today: () => '2026-11-21' }
const rules = { excludedNamespaces: new Set(['legacy']) }

function exempt(policy: string, until?: string, namespace = 'shop') {
  const ending = until === undefined ? {} : { 'holdfast.dev/exempt-until': until }
  return { metadata: { namespace, annotations: { [`holdfast.dev/exempt.${policy}`]: 'a reason', ...ending } } }
}

function namespaceJson(name: string, labels = {}) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

const enforced = { 'holdfast.dev/mode': 'enforce' }

/** The series of the two metrics, but for the zeros. */
async function seriesOf(objects: readonly unknown[], options: Partial<ExemptionGauges> = {}): Promise<string[]> {
  const inventory = new Inventory()
  const namespaces = [namespaceJson('shop', enforced), namespaceJson('legacy', enforced), namespaceJson('other')]
  for (const object of [...namespaces, ...objects]) inventory.add(object)
  const registry = new Registry()
  gaugeExemptions(registry, { inventory, context, rules, counting: () => true, ...options })
  const text = await registry.metrics()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.endsWith(' 0'))
}

const objects = [
  workloadJson('web', exempt('min-replicas', '2026-11-11')),
  workloadJson('db', { ...exempt('min-replicas', '2026-12-05'), kind: 'StatefulSet' }),
  workloadJson('cache', exempt('min-replicas')),
  workloadJson('plain'),
  budgetJson('web', { app: 'web' }, exempt('budget-allows-disruption', '2027-11-21')),
  hpaJson('web', 'web', exempt('min-replicas', '2026-11-22')),
  workloadJson('misspelt', exempt('min-replica', '2026-11-22')),
  workloadJson('elsewhere', exempt('min-replicas', '2026-11-22', 'other')),
  workloadJson('excluded', exempt('min-replicas', '2026-11-22', 'legacy'))
]

void t.test('exemptions are counted by policy, with the days that are left', async (test) => {
  test.strictSame(await seriesOf(objects), [
    'holdfast_exemptions{policy="min-replicas",state="valid"} 1',
    'holdfast_exemptions{policy="min-replicas",state="ending"} 2',
    'holdfast_exemptions{policy="min-replicas",state="ended"} 1',
    'holdfast_exemptions{policy="budget-allows-disruption",state="valid"} 1',
    'holdfast_exemption_days_left{object_namespace="shop",policy="min-replicas"} -10',
    'holdfast_exemption_days_left{object_namespace="shop",policy="budget-allows-disruption"} 365'
  ])
  test.strictSame(await seriesOf(objects, { counting: () => false }), [], 'a process that does not lead counts none')
})

void t.test('of more namespaces than anybody watches, those that end first', async (test) => {
  const names = Array.from({ length: 1100 }, (_, index) => `n${index}`)
  const many = names.flatMap((name, index) => {
    const until = index < 1000 ? '2027-01-31' : '2026-11-20'
    return [namespaceJson(name, enforced), workloadJson('web', exempt('min-replicas', until, name))]
  })
  const days = (await seriesOf(many)).filter((line) => line.startsWith('holdfast_exemption_days_left'))
  test.equal(days.length, 1000)
  test.equal(days.filter((line) => line.endsWith(' -1')).length, 100)
})
