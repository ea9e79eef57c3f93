import t from 'tap'
import { PageReport, slimNode } from '../../src/commands/controller/page-report.ts'
import { buildChooseRuleset } from '../../src/engine/profile.ts'
import { Inventory } from '../../src/inventory/inventory.ts'
import { kinds } from '../../src/kube/kinds.ts'
import { policies } from '../../src/policies/index.ts'
import { budgetJson } from '../inventory/objects.ts'

const chooseRuleset = buildChooseRuleset({ policies, profile: 'standard' })
const node = slimNode({
  metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'a' }, annotations: { long: 'x' } },
  spec: { unschedulable: true, podCIDR: '10.0.0.0/24' },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'DiskPressure', status: 'False' }
    ],
    images: [{ names: ['nginx'] }]
  }
})

function pageReport(): PageReport {
  return new PageReport({ inventory: new Inventory(), nodes: [node], chooseRuleset, modeIn: () => 'enforce' })
}

void t.test('of a node the page keeps what the map shows', async (test) => {
  test.strictSame(node, {
    metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'a' } },
    spec: { unschedulable: true },
    status: { conditions: [{ type: 'Ready', status: 'True' }] }
  })
  test.strictSame(pageReport().end([]).cluster?.placement, {
    nodes: [{ name: 'node-1', zone: 'a', ready: true, schedulable: false }],
    workloads: []
  })
})

void t.test('it says what was not seen, and how much of each table is left out', async (test) => {
  const page = pageReport()
  for (let index = 0; index < 2100; index++) {
    const object = budgetJson(`b${index}`, { app: 'web' })
    const budget = kinds.PodDisruptionBudget.parse?.(object)
    if (budget?.kind !== 'PodDisruptionBudget') throw new Error('no budget')
    const of = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace: 'shop', name: `b${index}` }
    page.companion(budget, object, of)
    const metadata = { name: `pod-${index}`, namespace: 'shop' }
    page.pod({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: 'node-1' } })
  }
  const { incomplete, cluster } = page.end(['services: forbidden'])
  const more = '100 more are not shown here; holdfast scan --format html shows all'
  test.strictSame(incomplete, [
    { file: 'a list', problem: 'services: forbidden' },
    { file: 'workloads of the map', problem: more },
    { file: 'budgets', problem: more },
    { file: 'what Holdfast changed', problem: more }
  ])
  test.equal(cluster?.budgets.length, 2000)
  test.equal(cluster?.changed.length, 2000)
  test.equal(cluster?.placement?.workloads.length, 2000)
})
