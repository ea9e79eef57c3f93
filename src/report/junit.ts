import { objectText, suppressionText } from './result-text.ts'
import { numbered } from './fingerprint.ts'
import type { Format, Incomplete, Report, Result } from './report.ts'
import { summaryText } from './summary-text.ts'

/**
 * JUnit XML as Jenkins and GitLab read it. GitLab shows `classname` as the suite, and of a failure only the body; Jenkins shows the
 * attribute `message`: the text stands in both. A required result fails. What is advised, unknown, exempt or in the baseline is skipped
 * with its text, because readers fail a build for every failure.
 */
export const junit: Format = (report) => {
  const suites = [runSuite(report), ...resultSuites(report)]
  const cases = suites.flatMap((suite) => suite.cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="holdfast ${report.command}" ${countsOf(cases)}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    ''
  ].join('\n')
}

interface Case {
  name: string
  file: string
  outcome: Outcome
}

/** What became of it: the element that says so, and its text. */
type Outcome = { tag: 'passed' } | { tag: 'failure' | 'error' | 'skipped'; type: string; text: string }

interface Suite {
  name: string
  cases: readonly Case[]
}

/** Whether the whole input could be read: a report without any test case counts as broken. */
function runSuite(report: Report): Suite {
  const { incomplete, summary } = report
  const name = `holdfast ${report.command}`
  const whole: Case = { name: summaryText(summary), file: '', outcome: { tag: 'passed' } }
  return { name, cases: incomplete.length === 0 ? [whole] : incomplete.map(incompleteCase) }
}

function incompleteCase({ file, line, problem }: Incomplete): Case {
  const place = line === undefined ? file : `${file}:${line}`
  return { name: place === '' ? problem : place, file, outcome: { tag: 'error', type: 'incomplete', text: problem } }
}

/** One suite per file; for objects of a cluster one per namespace. */
function resultSuites({ results }: Report): readonly Suite[] {
  const groups = Map.groupBy(results, ({ location, object }) => location?.file ?? object.namespace)
  return [...groups].map(([group, members]) => ({
    name: group === '' ? 'cluster' : group,
    cases: members.map(caseOf)
  }))
}

/** Readers follow a test by its name, so that has no line in it. */
function caseOf(result: Result): Case {
  const { policy, container, field, location } = result
  const of = container === '' ? objectText(result) : `${objectText(result)} ${container}`
  return { name: `${of}: [${policy}] ${field}`, file: location?.file ?? '', outcome: outcomeOf(result) }
}

function outcomeOf({ severity, suppressed, text, location }: Result): Outcome {
  const whole = location === undefined ? text : `${text}\n${location.file}:${location.line}:${location.column}`
  if (suppressed === undefined) {
    return { tag: severity === 'required' ? 'failure' : 'skipped', type: severity, text: whole }
  }
  return { tag: 'skipped', type: suppressed.by, text: `${suppressionText(suppressed)}\n${whole}` }
}

function suiteLines({ name, cases }: Suite): readonly string[] {
  const names = numbered(cases, (one) => one.name)
  return [
    `  <testsuite name="${escaped(name)}" ${countsOf(cases)}>`,
    ...cases.flatMap((one, index) => caseLines(name, { ...one, name: names[index] ?? '' })),
    '  </testsuite>'
  ]
}

function caseLines(suite: string, { name, file, outcome }: Case): readonly string[] {
  const path = file === '' ? '' : ` file="${escaped(file)}"`
  const head = `    <testcase name="${escaped(name)}" classname="${escaped(suite)}"${path} time="0"`
  if (outcome.tag === 'passed') return [`${head}/>`]
  const { tag, type, text } = outcome
  const [first = ''] = text.split('\n')
  return [
    `${head}>`,
    `      <${tag} message="${escaped(first)}" type="${escaped(type)}">${escaped(text)}</${tag}>`,
    '    </testcase>'
  ]
}

function countsOf(cases: readonly Case[]): string {
  const count = (tag: Outcome['tag']): number => cases.filter(({ outcome }) => outcome.tag === tag).length
  const errors = count('error')
  return `tests="${cases.length}" failures="${count('failure')}" errors="${errors}" skipped="${count('skipped')}" time="0"`
}

/** Everything that XML 1.0 allows no document to hold, not even as a reference (section 2.2, Char), and marks that change the direction of text. */
const forbidden =
  /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;'
}

/** A text for an element or an attribute. Forbidden characters are dropped, and line ends written so that no reader changes them. */
function escaped(text: string): string {
  return text.replaceAll(forbidden, '').replaceAll(/[&<>"'\t\n\r]/g, (character) => entities[character] ?? character)
}
