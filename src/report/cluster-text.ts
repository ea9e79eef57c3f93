import { oneLine } from '../engine/text.ts'
import type { ClusterReport, Counts, NamespaceCounts, Turned } from './cluster-report.ts'
import type { ReportedObject, Report } from './report.ts'
import { suppressionText } from './result-text.ts'

/** What a report for people says of a cluster beside its findings, each part with a final newline. */
export function clusterParts(report: Report): string[] {
  const { cluster } = report
  if (cluster === undefined) return []
  return [
    turnedPart(cluster),
    exemptPart(report),
    changedPart(cluster),
    budgetsPart(cluster),
    groupsPart(cluster),
    table(namespaceHeads, cluster.namespaces.map(namespaceRow))
  ].filter((part) => part !== '')
}

/** `DENIED` says how many objects would be denied, the other columns how many findings there are. */
const countHeads = ['DENIED', 'REQUIRED', 'ADVISED', 'UNKNOWN', 'EXEMPT']
const namespaceHeads = ['NAMESPACE', 'MODE', 'PROFILE', 'OBJECTS', ...countHeads]

function namespaceRow(counts: NamespaceCounts): string[] {
  const { name, mode, injects, enforceable, profile, version, objects } = counts
  const shownMode = enforceable ? `${mode}${injects ? '+inject' : ''}` : 'not enforceable'
  return [name, shownMode, `${profile} ${version}`, String(objects), ...countsRow(counts)]
}

function countsRow({ denied, required, advised, unknown, exempted }: Counts): string[] {
  return [denied, required, advised, unknown, exempted].map((count) => (count === 0 ? '-' : String(count)))
}

function groupsPart({ groups }: ClusterReport): string {
  if (groups === undefined) return ''
  const rows = groups.values.map((counts) => {
    return [counts.name === '' ? '(none)' : counts.name, String(counts.objects), ...countsRow(counts)]
  })
  return table([groups.label.toUpperCase(), 'OBJECTS', ...countHeads], rows)
}

function turnedPart({ turned }: ClusterReport): string {
  if (turned === undefined) return ''
  if (turned.length === 0) return 'The rehearsal turns nothing\n'
  const byTurn = Map.groupBy(turned, ({ from, to }) => `from ${from} to ${to}`)
  return [...byTurn].map(([turn, objects]) => turnText(turn, objects)).join('')
}

function turnText(turn: string, objects: readonly Turned[]): string {
  const namespaces = new Set(objects.map(({ object }) => object.namespace)).size
  const lines = objects.map(({ object, policies }) => {
    return `  ${shown(object)}${policies.length === 0 ? '' : `: ${policies.join(', ')}`}\n`
  })
  return `Turns ${objects.length} ${objects.length === 1 ? 'object' : 'objects'} of ${namespaces} ${namespaces === 1 ? 'namespace' : 'namespaces'} ${turn}\n${lines.join('')}`
}

function exemptPart({ results }: Report): string {
  const lines = new Set(
    results.flatMap(({ object, policy, suppressed }) => {
      return suppressed?.by === 'exemption' ? [`  ${shown(object)} ${policy}: ${suppressionText(suppressed)}\n`] : []
    })
  )
  return lines.size === 0 ? '' : `Exempt\n${[...lines].join('')}`
}

function changedPart({ changed }: ClusterReport): string {
  if (changed.length === 0) return ''
  const lines = changed.map(({ object, policies, companion }) => {
    return `  ${shown(object)}: ${companion ? 'a companion' : policies.join(', ')}\n`
  })
  return `Changed by Holdfast\n${lines.join('')}`
}

const budgetHeads = ['BUDGET', 'BOUND', 'PODS', 'HEALTHY', 'MUST STAY', 'MAY GO']

/** Budgets whose pods nobody can evict at this moment. */
function budgetsPart({ budgets }: ClusterReport): string {
  const rows = budgets.flatMap(({ namespace, name, bound, pods }) => {
    if (pods === undefined || pods.expected === 0 || pods.allowed > 0) return []
    const { expected, healthy, desired, allowed } = pods
    return [[`${namespace}/${name}`, bound, ...[expected, healthy, desired, allowed].map(String)]]
  })
  return rows.length === 0 ? '' : `Budgets that let no pod go now\n${table(budgetHeads, rows)}`
}

function shown({ kind, namespace, name }: ReportedObject): string {
  return oneLine(`${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`)
}

/** Columns two spaces apart; numbers to the right would tell nothing more. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows.map((row) => row.map(oneLine))]
  const widths = heads.map((_head, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)))
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`
    )
    .join('')
}
