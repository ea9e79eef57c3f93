import { oneLine } from '../engine/text.ts'
import { countedResults } from './counted.ts'
import { findingOf, objectText, suppressionText } from './result-text.ts'
import type { Format, FormatOptions, Incomplete, Report, Result } from './report.ts'
import { countsText, inputText } from './summary-text.ts'

/**
 * GitHub Flavored Markdown for a comment or a job summary. What users wrote becomes neither a link, nor HTML, nor a mention. Nothing is
 * cut: a comment holds 65 536 characters, a job summary 1 MiB.
 */
export const markdown: Format = (report, options) => {
  const { summary } = report
  const fixable = summary.fixable === 0 ? '' : ` \`holdfast fix\` can mend ${summary.fixable} of them.`
  const parts = [
    `### Holdfast: ${countsText(summary)}`,
    `${inputText(summary)}.${fixable}`,
    incompletePart(report),
    resultsPart(countedResults(report), options),
    suppressedPart(report),
    stalePart(report)
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function incompletePart({ incomplete }: Report): string {
  if (incomplete.length === 0) return ''
  return ['**The report is incomplete:**', '', ...incomplete.map((one) => `- ${incompleteText(one)}`)].join('\n')
}

function incompleteText({ file, line, problem }: Incomplete): string {
  const place = line === undefined ? file : `${file}:${line}`
  return place === '' ? escaped(problem) : `${code(place)}: ${escaped(problem)}`
}

function resultsPart(results: readonly Result[], options: FormatOptions): string {
  if (results.length === 0) return ''
  const rows = results.map((result) => [
    result.severity,
    code(objectText(result)),
    placeOf(result),
    policyOf(result.policy, options),
    `${code(result.field)} ${escaped(findingOf(result))}`
  ])
  return table(['', 'object', 'where', 'policy', 'finding'], rows)
}

function suppressedPart({ results, summary: { exempted, baselined } }: Report): string {
  const suppressed = results.filter((result) => result.suppressed !== undefined)
  const counts = [exempted > 0 ? `${exempted} exempt` : '', baselined > 0 ? `${baselined} in the baseline` : '']
  const text = counts.filter((count) => count !== '').join(', ')
  if (suppressed.length === 0) return text === '' ? '' : `Not counted: ${text}.`
  const rows = suppressed.map((result) => [
    code(objectText(result)),
    placeOf(result),
    escaped(result.policy),
    result.suppressed === undefined ? '' : escaped(suppressionText(result.suppressed))
  ])
  const list = table(['object', 'where', 'policy', 'reason'], rows)
  return `<details><summary>Not counted: ${text}</summary>\n\n${list}\n\n</details>`
}

function stalePart({ stale }: Report): string {
  if (stale.length === 0) return ''
  return ['Entries without effect:', '', ...stale.map((entry) => `- ${code(entry)}`)].join('\n')
}

function placeOf({ location }: Result): string {
  return location === undefined ? '' : code(`${location.file}:${location.line}`)
}

function policyOf(policy: string, { page }: FormatOptions): string {
  const address = page?.(policy)
  if (address === undefined || !URL.canParse(address)) return escaped(policy)
  return `[${escaped(policy)}](<${new URL(address).href.replaceAll(/[<>|]/g, encodeURIComponent)}>)`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** A code span. What would end it, or the cell of a table around it, is only safe as a character reference, which a code span knows none of. */
function code(text: string): string {
  const line = oneLine(text).trim()
  if (line === '' || !/[|\\`]/.test(line)) return line === '' ? '' : `\`${line}\``
  return `<code>${line.replaceAll(/[^\p{L}\p{N} ]/gu, (character) => `&#${character.codePointAt(0)};`)}</code>`
}

/** Prose without any markup. A mention or a reference to an issue would notify people: an empty character breaks it. */
function escaped(text: string): string {
  return oneLine(text)
    .replaceAll(/[&<>]/g, (character) => htmlEntities[character] ?? character)
    .replaceAll(/[\\`*_[\]|~]/g, '\\$&')
    .replaceAll(/[@#](?=[\p{L}\p{N}])/gu, '$&\u{200b}')
    .replaceAll('://', ':\u{200b}//')
    .replaceAll(/www\./gi, (found) => `${found.slice(0, 3)}\u{200b}.`)
}

const htmlEntities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
