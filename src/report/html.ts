import { oneLine } from '../engine/text.ts'
import { clusterSections } from './html-cluster.ts'
import { findingsSection } from './html-findings.ts'
import { escaped, section, table } from './html-parts.ts'
import { style } from './html-style.ts'
import type { Format, FormatOptions, Report } from './report.ts'
import { objectText, suppressionText } from './result-text.ts'
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
