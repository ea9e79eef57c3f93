import { mkdirSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { convert } from '../../src/commands/convert.ts'
import { formats } from '../../src/report/index.ts'
import { policies } from '../../src/policies/index.ts'
import type { Report } from '../../src/report/report.ts'
import { sample } from '../report/sample.ts'
import { folderWith, look } from './look-here.ts'
import { holdfast } from './process.ts'

const report = JSON.stringify(sample)
const title = (policy: string) => policies.find(({ id }) => id === policy)?.title ?? policy

void t.test('a saved report becomes every other format', async (test) => {
  folderWith(test, { 'report.json': report })
  for (const [name, format] of Object.entries(formats)) {
    const converted = await look(convert, ['report.json', '--format', name])
    test.strictSame(converted, { status: 0, stdout: format(sample, { colour: false, title }), stderr: '' }, name)
  }
})

void t.test('several at once, and a byte order mark does not matter', async (test) => {
  folderWith(test, { 'report.json': `\ufeff${report}` })
  const args = ['report.json', '--format', 'json', '--report', 'junit=junit.xml', '--report', 'gitlab=quality.json']
  test.strictSame(await look(convert, args), { status: 0, stdout: `${JSON.stringify(sample, null, 2)}\n`, stderr: '' })
  test.match(readFileSync('junit.xml', 'utf8'), /^<\?xml/)
  test.match(readFileSync('quality.json', 'utf8'), '"check_name": "min-replicas"')
})

void t.test('--hide-suppressed leaves out what does not count', async (test) => {
  folderWith(test, { 'report.json': report })
  const { stdout } = await look(convert, ['report.json', '--format', 'json', '--hide-suppressed'])
  const { results, summary } = JSON.parse(stdout) as Report
  test.strictSame(results, sample.results.slice(0, 3))
  test.strictSame(summary, sample.summary)
})

void t.test('the pages of policies are those of the configuration', async (test) => {
  folderWith(test, {
    'report.json': report,
    '.holdfast.yaml': 'policyPages: https://docs.example.com/{policy}.html\n'
  })
  const { stdout } = await look(convert, ['report.json', '--format', 'sarif'])
  test.match(stdout, '"helpUri": "https://docs.example.com/min-replicas.html"')
  const { stdout: none } = await look(convert, ['report.json', '--format', 'sarif', '--no-config'])
  test.notMatch(none, 'helpUri')
})

/** What it says of a file that is no report: exit code 3, and nothing on standard output. */
async function says(test: Test, content: string | Uint8Array, expected: string | RegExp): Promise<void> {
  folderWith(test, { 'report.json': content })
  test.match(await look(convert, ['report.json', '--format', 'sarif']), { status: 3, stdout: /^$/, stderr: expected })
}

const noReports: Readonly<Record<string, readonly [content: string | Uint8Array, stderr: string | RegExp]>> = {
  'an empty file': ['', 'report.json: is empty\n'],
  'what is not JSON': ['{\u001b', /^report\.json: not JSON: [ -~]+\n$/],
  'other JSON': ['[1]', 'report.json: not a report, as holdfast lint --format json writes it\n'],
  'a manifest': [
    '{"apiVersion":"v1","kind":"Pod"}',
    'report.json: not a report, as holdfast lint --format json writes it\n'
  ],
  'a report of a later version': [
    report.replace('holdfast.dev/v1', 'holdfast.dev/v2'),
    'report.json: a report of holdfast.dev/v2; this version of Holdfast reads holdfast.dev/v1\n'
  ],
  'UTF-16': [Buffer.from(report, 'utf16le'), /^report\.json: UTF-16 text/],
  'a wrong value': [
    JSON.stringify({ ...sample, summary: { ...sample.summary, files: -1 } }),
    'report.json: summary.files: Too small: expected number to be >=0\n'
  ],
  'many wrong values': [
    JSON.stringify({ ...sample, results: Array.from({ length: 30 }, () => 1) }),
    /^(?:report\.json: results\[\d+\]: Invalid input: expected object, received number\n){20}report\.json: and 10 more problems\n$/
  ]
}

for (const [name, [content, expected]] of Object.entries(noReports)) {
  void t.test(`no report: ${name}`, (test) => says(test, content, expected))
}

void t.test('what cannot be read', async (test) => {
  folderWith(test, {})
  mkdirSync('folder')
  test.strictSame(await look(convert, ['none.json']), { status: 3, stdout: '', stderr: 'none.json: no such file\n' })
  test.strictSame(await look(convert, ['folder']), { status: 3, stdout: '', stderr: 'folder: is a folder\n' })
})

void t.test('what is wrongly asked', async (test) => {
  folderWith(test, { 'report.json': report })
  const name = 'holdfast convert: name one report, or - for the standard input\n'
  const wrong: readonly (readonly [args: readonly string[], stderr: string])[] = [
    [[], name],
    [['a', 'b'], name],
    [
      ['report.json', '--format', 'sarrif'],
      '--format: "sarrif" is not one of human, line, json, sarif, junit, github, gitlab, markdown, html; did you mean sarif?\n'
    ],
    [['report.json', '--fail-on', 'never'], '--fail-on: no such flag\n'],
    [['report.json', '--hide-supressed'], '--hide-supressed: no such flag; did you mean --hide-suppressed?\n']
  ]
  for (const [args, stderr] of wrong) {
    test.strictSame(await look(convert, args), { status: 2, stdout: '', stderr }, args.join(' '))
  }
  const lost = await look(convert, ['report.json', '--report', 'sarif=none/x.sarif'])
  test.match(lost, { status: 2, stderr: '--report: none/x.sarif: cannot be written: ENOENT\n' })
})

void t.test('the process reads its standard input', (test) => {
  const help = holdfast(['convert', '--help'])
  test.match(help, { status: 0, stderr: /^$/, stdout: /^Writes a report in another format/ })
  test.ok(help.stdout.split('\n').every((line) => line.length <= 120))
  const piped = holdfast(['convert', '-', '--format', 'junit'], {}, report)
  test.match(piped, { status: 0, stdout: /^<\?xml/, stderr: /^$/ })
  test.match(holdfast(['convert', '-'], {}, ''), { status: 3, stderr: 'the standard input: is empty\n' })
  test.end()
})
