import { countedResults } from './counted.ts'
import { details, element, escaped, section } from './html-parts.ts'
import type { FormatOptions, Report, Result } from './report.ts'
import { findingOf, objectText } from './result-text.ts'
import { severities } from './summary.ts'

/** Objects of a namespace in which the same is found, in the same words. */
interface Alike {
  objects: string[]
  /** Of the first of them. */
  results: readonly Result[]
  rank: readonly number[]
}

/** The objects with most to say first. A large cluster has thousands of objects, and says much the same of most. */
export function findingsSection(report: Report, options: FormatOptions): Iterable<string> {
  const counted = countedResults(report)
  if (counted.length === 0) return section('findings', 'Findings', ['<p>Nothing to say.</p>'])
  const alike = new Map<string, Alike>()
  for (const results of Map.groupBy(counted, keyOf).values()) {
    const [first] = results
    if (first === undefined) continue
    const key = [first.object.namespace, ...results.map(wordsOf)].join('\n')
    const found = alike.get(key)
    if (found === undefined) alike.set(key, { objects: [objectText(first)], results, rank: rankOf(results) })
    else found.objects.push(objectText(first))
  }
  const groups = [...alike.values()].toSorted((one, other) => compareRanks(one.rank, other.rank))
  const content = groups.values().map((group) => groupDetails(group, options))
  return section('findings', 'Findings, the worst first', content)
}

function keyOf({ object: { apiVersion, kind, namespace, name }, location }: Result): string {
  return [location?.file ?? '', apiVersion, kind, namespace, name].join('\n')
}

/** All that the page says of a finding. */
function wordsOf(result: Result): string {
  const { policy, severity, denied = false, field, fixable, location } = result
  return JSON.stringify([policy, severity, denied, field, findingOf(result), fixable, location])
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

function groupDetails({ objects, results }: Alike, options: FormatOptions): string {
  const counts = severities.flatMap((severity) => {
    const count = results.filter((result) => result.severity === severity).length
    return count === 0 ? [] : [element('span', `badge ${severity}`, `${count} ${severity}`)]
  })
  const denied = results.some((result) => result.denied === true) ? [element('span', 'badge denied', 'denied')] : []
  const more = objects.length === 1 ? '' : ` and ${objects.length - 1} more with the same findings`
  const head = `${escaped(`${objects[0] ?? ''}${more}`)} ${[...denied, ...counts].join(' ')}`
  const worstFirst = results.toSorted((one, other) => compareRanks(rankOf([one]), rankOf([other])))
  const items = worstFirst.map((result) => `<li>${findingText(result, options)}</li>`).join('')
  const all = more === '' ? '' : `<p class="place">${escaped(objects.join(', '))}</p>`
  return details(head, `${all}<ul>${items}</ul>`)
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
