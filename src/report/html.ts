import { oneLine } from '../engine/text.ts'
import { clusterSections } from './html-cluster.ts'
import { details, element, escaped, section, table } from './html-parts.ts'
import { style } from './html-style.ts'
import type { Format, FormatOptions, Report, Result } from './report.ts'
import { findingOf, objectText, suppressionText } from './result-text.ts'
import { severities } from './summary.ts'
import { countsText, inputText } from './summary-text.ts'

/**
 * One page that needs nothing else: no script, no network, nothing but its own style, as its policy says. It can be printed, follows the
 * colour scheme of its reader, and is made of headings, tables and details, which a keyboard and a screen reader can use. What users wrote
 * is only ever text in it.
 */
export const html: Format = (report, options) => [...htmlPieces(report, options)].join('')

/** The same as `html` in pieces: of a large cluster it is some megabytes. */
export function* htmlPieces(report: Report, options: FormatOptions): Generator<string, void> {
  yield headOf(report, options)
  yield* incompleteSection(report)
  yield* clusterSections(report)
  yield* findingsSection(report, options)
  yield* suppressedSection(report)
  yield* staleSection(report)
  yield '</main>\n</body>\n</html>\n'
}

function headOf(report: Report, { note }: FormatOptions): string {
  const { summary, command } = report
  const title = `Holdfast ${command}: ${countsText(summary)}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Holdfast ${escaped(command)}</h1>
<p>${escaped(inputText(summary))}, ${escaped(countsText(summary))}. Holdfast ${escaped(report.version)}.${note === undefined ? '' : ` ${escaped(note)}`}</p>
${numbers(report)}
</header>
<main>
`
}

function numbers({ summary, cluster }: Report): string {
  const denied = (cluster?.namespaces ?? []).reduce((sum, counts) => sum + counts.denied, 0)
  const all: [string, number, string][] = [
    ...(cluster === undefined
      ? []
      : [['denied', denied, 'objects would be denied'] satisfies [string, number, string]]),
    ['required', summary.required, 'required'],
    ['advised', summary.advised, 'advised'],
    ['unknown', summary.unknown, 'unknown'],
    ['fixable', summary.fixable, 'can be repaired'],
    ['exempt', summary.exempted + summary.baselined, 'not counted']
  ]
  const items = all.map(([name, count, text]) => {
    return `<li class="${count === 0 ? 'none' : name}"><strong>${count}</strong> ${escaped(text)}</li>`
  })
  return `<ul class="numbers">${items.join('')}</ul>`
}

function incompleteSection({ incomplete }: Report): Iterable<string> {
  if (incomplete.length === 0) return []
  const rows = incomplete.map(({ file, line, problem }) => [
    escaped(line === undefined ? file : `${file}:${line}`),
    escaped(problem)
  ])
  return section('incomplete', 'What is not known, and why', table(['What', 'Why'], rows))
}

/** The objects with most to say first. */
function findingsSection({ results }: Report, options: FormatOptions): Iterable<string> {
  const counted = results.filter(({ suppressed }) => suppressed === undefined)
  if (counted.length === 0) return section('findings', 'Findings', ['<p>Nothing to say.</p>'])
  const groups = [...Map.groupBy(counted, keyOf).values()].map((ofObject) => ({ ofObject, rank: rankOf(ofObject) }))
  groups.sort((one, other) => compareRanks(one.rank, other.rank))
  const content = groups.values().map(({ ofObject }) => objectDetails(ofObject, options))
  return section('findings', 'Findings, the worst first', content)
}

function keyOf({ object: { apiVersion, kind, namespace, name }, location }: Result): string {
  return [location?.file ?? '', apiVersion, kind, namespace, name].join('\n')
}

/** How many are denied, required, advised and unknown. */
function rankOf(results: readonly Result[]): number[] {
  const denied = results.filter((result) => result.denied === true).length
  return [denied, ...severities.map((severity) => results.filter((result) => result.severity === severity).length)]
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  for (const [index, count] of one.entries()) {
    const difference = (other[index] ?? 0) - count
    if (difference !== 0) return difference
  }
  return 0
}

function objectDetails(results: readonly Result[], options: FormatOptions): string {
  const [first] = results
  if (first === undefined) return ''
  const counts = severities.flatMap((severity) => {
    const count = results.filter((result) => result.severity === severity).length
    return count === 0 ? [] : [element('span', `badge ${severity}`, `${count} ${severity}`)]
  })
  const denied = results.some((result) => result.denied === true) ? [element('span', 'badge denied', 'denied')] : []
  const head = `${escaped(objectText(first))} ${[...denied, ...counts].join(' ')}`
  const items = results.map((result) => `<li>${findingText(result, options)}</li>`)
  return details(head, `<ul>${items.join('')}</ul>`)
}

function findingText(result: Result, { title }: FormatOptions): string {
  const { policy, severity, field, location, fixable } = result
  const word = result.denied === true ? 'denied' : severity
  const place =
    location === undefined ? '' : ` <span class="place">${escaped(`${location.file}:${location.line}`)}</span>`
  const repaired = fixable ? ` ${element('span', 'badge fixable', 'can be repaired')}` : ''
  const about = title === undefined ? '' : ` <span class="about">${escaped(title(policy))}</span>`
  return `${element('span', `badge ${word}`, word)} <b>${escaped(policy)}</b>${about}${place}<br><code>${escaped(field)}</code> ${escaped(findingOf(result))}${repaired}`
}

function suppressedSection({ results }: Report): Iterable<string> {
  const rows = results.flatMap((result) => {
    const { suppressed, policy } = result
    if (suppressed === undefined) return []
    return [
      [
        escaped(objectText(result)),
        escaped(policy),
        escaped(suppressed.until ?? 'no end'),
        escaped(suppressionText(suppressed))
      ]
    ]
  })
  if (rows.length === 0) return []
  return section('exempt', 'Not counted', table(['Object', 'Policy', 'Until', 'Why'], rows))
}

function staleSection({ stale }: Report): Iterable<string> {
  if (stale.length === 0) return []
  const items = stale.map((entry) => `<li>${escaped(oneLine(entry))}</li>`)
  return section('stale', 'Entries without effect', [`<ul>${items.join('')}</ul>`])
}
