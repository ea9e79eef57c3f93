import { details, element, escaped, section, table } from './html-parts.ts'
import type {
  BudgetCounts,
  ClusterReport,
  Counts,
  NamespaceCounts,
  PlacedWorkload,
  Placement
} from './cluster-report.ts'
import type { Report, Result } from './report.ts'
import { severities } from './summary.ts'

/** What the page shows of a cluster alone, in pieces. */
export function* clusterSections(report: Report): Generator<string, void> {
  const { cluster } = report
  if (cluster === undefined) return
  yield* turnedSection(cluster)
  yield* namespacesSection(cluster)
  yield* groupsSection(cluster)
  yield* matrixSection(report)
  yield* mapSection(cluster)
  yield* budgetsSection(cluster)
  yield* changedSection(cluster)
}

function turnedSection({ turned }: ClusterReport): Iterable<string> {
  if (turned === undefined) return []
  const rows = turned.map(({ object: { kind, namespace, name }, from, to, policies }) => [
    escaped(`${kind} ${namespace}/${name}`),
    escaped(`${from} to ${to}`),
    escaped(policies.join(', '))
  ])
  const content = rows.length === 0 ? ['<p>It turns nothing.</p>'] : table(['Object', 'From and to', 'Policies'], rows)
  return section('turned', 'What the rehearsal turns', content)
}

const countHeads = ['Objects', 'Denied', 'Required', 'Advised', 'Unknown', 'Exempt']

function countCells({ objects, denied, required, advised, unknown, exempted }: Counts): string[] {
  return [objects, denied, required, advised, unknown, exempted].map(String)
}

function namespacesSection({ namespaces }: ClusterReport): Iterable<string> {
  const rows = namespaces.map((counts) => [
    escaped(counts.name),
    escaped(modeText(counts)),
    escaped(`${counts.profile} ${counts.version}`),
    ...countCells(counts)
  ])
  return section(
    'namespaces',
    'Namespaces, the worst first',
    table(['Namespace', 'Mode', 'Profile', ...countHeads], rows)
  )
}

function modeText({ enforceable, mode, injects }: NamespaceCounts): string {
  if (!enforceable) return 'not enforceable'
  return injects ? `${mode}, repairs` : mode
}

function groupsSection({ groups }: ClusterReport): Iterable<string> {
  if (groups === undefined) return []
  const rows = groups.values.map((counts) => [
    escaped(counts.name === '' ? '(none)' : counts.name),
    ...countCells(counts)
  ])
  return section('groups', `By the label ${groups.label}`, table([groups.label, ...countHeads], rows))
}

/** How many findings each policy has in each namespace, marked by the most severe of them. */
function matrixSection({ results, cluster }: Report): Iterable<string> {
  const counted = results.filter(({ suppressed }) => suppressed === undefined)
  if (cluster === undefined || counted.length === 0) return []
  const policies = [...new Set(counted.map(({ policy }) => policy))].toSorted()
  const cells = Map.groupBy(counted, ({ object, policy }) => `${object.namespace}/${policy}`)
  const rows = cluster.namespaces.map(({ name }) => {
    return [escaped(name), ...policies.map((policy) => matrixCell(cells.get(`${name}/${policy}`) ?? []))]
  })
  const heads = ['Namespaces and policies', ...policies]
  return section('matrix', 'Where policies are violated', table(heads, rows, { className: 'heat' }))
}

function matrixCell(results: readonly Result[]): string {
  const worst = severities.find((severity) => results.some((result) => result.severity === severity))
  return worst === undefined ? '' : element('span', `badge ${worst}`, `${results.length} ${worst}`)
}

/** Zones and their nodes as columns, workloads as rows: one that is not spread shows at a glance. */
function mapSection({ placement }: ClusterReport): Iterable<string> {
  if (placement === undefined) return []
  const { nodes, workloads } = placement
  if (nodes.length === 0) return section('map', 'Where pods run', ['<p>The nodes are not known.</p>'])
  const zones = [...Map.groupBy(nodes.entries(), ([, { zone }]) => zone)].map(([zone, ofZone]) => ({
    zone,
    indices: ofZone.map(([index]) => index)
  }))
  const overview = zones.map(({ zone, indices }) => {
    const names = indices.map((index) => nodeText(nodes[index]))
    return [escaped(zoneText(zone)), String(indices.length), names.join(', ')]
  })
  const heads = ['Workload', 'Spread', ...zones.map(({ zone }) => zoneText(zone))]
  const maps = Map.groupBy(workloads, ({ namespace }) => namespace)
    .entries()
    .map(([namespace, ofNamespace]) => {
      const rows = ofNamespace.map((workload) => [
        escaped(`${workload.kind} ${workload.name}`),
        spreadText(workload, zones.length, nodes),
        ...zones.map(({ indices }) => zoneCell(workload, indices, nodes))
      ])
      const summary = `${namespace}: ${countOf(ofNamespace.length, 'workload')}`
      const notSpread = ofNamespace.filter((workload) => placeOfAll(workload, zones.length, nodes) !== '').length
      const badge =
        notSpread === 0 ? '' : ` ${element('span', 'badge advised', `${notSpread} on one node or in one zone`)}`
      return details(`${escaped(summary)}${badge}`, [...table(heads, rows, { label: summary })].join('\n'))
    })
  return section('map', 'Where pods run', [...table(['Zone', 'Nodes', 'Names'], overview), ...maps])
}

function zoneText(zone: string): string {
  return zone === '' ? '(no zone)' : zone
}

function nodeText(node: Placement['nodes'][number] | undefined): string {
  if (node === undefined) return ''
  const state = node.ready ? (node.schedulable ? '' : ' (cordoned)') : ' (not ready)'
  return escaped(`${node.name}${state}`)
}

function spreadText(workload: PlacedWorkload, zones: number, nodes: Placement['nodes']): string {
  const { pods, pending } = workload
  const count = podsIn(workload)
  const inZones = zonesOf(workload, nodes)
  const waiting = pending === 0 ? '' : `, ${pending} without a node`
  const text = escaped(
    `${countOf(count, 'pod')} on ${countOf(pods.length, 'node')} in ${countOf(inZones, 'zone')}${waiting}`
  )
  const place = placeOfAll(workload, zones, nodes)
  return place === '' ? text : `${text} ${element('span', 'badge advised', place)}`
}

/** Where all of several pods are, so that they go down at once; empty if they are spread. */
function placeOfAll(workload: PlacedWorkload, zones: number, nodes: Placement['nodes']): '' | 'one node' | 'one zone' {
  if (podsIn(workload) < 2) return ''
  if (workload.pods.length === 1) return nodes.length > 1 ? 'one node' : ''
  return zonesOf(workload, nodes) === 1 && zones > 1 ? 'one zone' : ''
}

function podsIn({ pods }: PlacedWorkload): number {
  return pods.reduce((sum, [, some]) => sum + some, 0)
}

function zonesOf({ pods }: PlacedWorkload, nodes: Placement['nodes']): number {
  return new Set(pods.map(([index]) => nodes[index]?.zone)).size
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function zoneCell({ pods }: PlacedWorkload, indices: readonly number[], nodes: Placement['nodes']): string {
  const here = pods.filter(([index]) => indices.includes(index))
  return here.map(([index, count]) => `${nodeText(nodes[index])}: ${count}`).join('<br>')
}

function budgetsSection({ budgets }: ClusterReport): Iterable<string> {
  if (budgets.length === 0) return []
  const rows = budgets.map((budget) => [
    escaped(`${budget.namespace}/${budget.name}`),
    `<code>${escaped(budget.bound)}</code>`,
    escaped(arithmetic(budget))
  ])
  return section('budgets', 'Budgets', table(['Budget', 'Bound', 'Arithmetic'], rows))
}

/** `3 of 3 pods are healthy, 2 must stay: 1 may go`. */
function arithmetic({ pods }: BudgetCounts): string {
  if (pods === undefined) return 'not counted yet'
  const { healthy, expected, desired, allowed } = pods
  return `${healthy} of ${expected} pods are healthy, ${desired} must stay: ${allowed} may go`
}

function changedSection({ changed }: ClusterReport): Iterable<string> {
  if (changed.length === 0) return []
  const rows = changed.map(({ object: { kind, namespace, name }, policies, companion }) => [
    escaped(`${kind} ${namespace}/${name}`),
    escaped(companion ? 'a companion' : policies.join(', '))
  ])
  return section('changed', 'What Holdfast changed', table(['Object', 'What'], rows))
}
