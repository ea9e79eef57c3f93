import t from 'tap'
import { withoutSuppressed } from '../../src/report/counted.ts'
import { formats } from '../../src/report/index.ts'
import type { FormatOptions, Result } from '../../src/report/report.ts'
import { reportSchema } from '../../src/report/schema.ts'
import { gitlabErrors, parseCommand, parseXml, reportErrors, sarifErrors } from './readers.ts'
import { clean, resultOf, sample, scanned } from './sample.ts'

const options: FormatOptions = {
  colour: false,
  title: (policy) => `Title of ${policy}`,
  page: (policy) => `https://docs.example.com/${policy}`
}
const bare: FormatOptions = { colour: false }
const reports = Object.entries({ sample, clean, scanned })

interface Sarif {
  runs: {
    tool: { driver: { rules: Record<string, unknown>[] } }
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: unknown[] }[]
    results: Record<string, unknown>[]
  }[]
}

function sarifRun(report: typeof sample, given = options) {
  const [run] = (JSON.parse(formats.sarif(report, given)) as Sarif).runs
  if (run === undefined) throw new Error('no run')
  return run
}

for (const [name, report] of reports) {
  void t.test(`every format of the report "${name}" is one that its reader takes`, (test) => {
    const read = (format: 'json' | 'sarif' | 'gitlab'): unknown => JSON.parse(formats[format](report, options))
    test.strictSame(reportErrors(read('json')), [])
    test.strictSame(sarifErrors(read('sarif')), [])
    test.strictSame(gitlabErrors(read('gitlab')), [])
    test.equal(parseXml(formats.junit(report, options)).name, 'testsuites')
    for (const [own, format] of Object.entries(formats)) {
      // Without results there is no line.
      if (own !== 'line') test.match(format(report, options), /[^\n]\n$/, 'one final newline')
      test.equal(format(report, options), format(structuredClone(report), options), 'the same bytes each time')
    }
    test.end()
  })
}

void t.test('the readers refuse what is wrong', (test) => {
  test.not(reportErrors({ ...sample, results: [{ policy: 1 }] }).length, 0)
  test.not(sarifErrors({ version: '2.1.0', runs: [{ tool: { driver: {} } }] }).length, 0)
  const lines = { runs: [{ tool: { driver: { name: 'x' } }, results: [{ message: {}, level: 'fatal' }] }] }
  test.not(sarifErrors({ version: '2.1.0', ...lines }).length, 0)
  test.not(gitlabErrors([{ description: 'x', severity: 'bad' }]).length, 0)
  test.throws(() => parseXml('<a>\u0001</a>'))
  test.throws(() => parseXml('<a><b></a>'))
  test.throws(() => parseXml(''))
  test.end()
})

void t.test('JSON is the report, and reads back as it was', (test) => {
  test.strictSame(reportSchema.parse(JSON.parse(formats.json(sample, bare))), sample)
  const later = { ...sample, more: true, summary: { ...sample.summary, more: 1 } }
  test.strictSame(reportSchema.parse(later), sample, 'without what a later version adds')
  test.notOk(reportSchema.safeParse({ ...sample, apiVersion: 'holdfast.dev/v2' }).success)
  test.end()
})

void t.test('SARIF', (test) => {
  const { results, invocations, tool } = sarifRun(sample)
  test.match(results[0], {
    ruleId: 'min-replicas',
    level: 'error',
    message: { text: 'deployment/web: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more' },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'apps/web.yaml', uriBaseId: '%SRCROOT%' },
          region: { startLine: 6, startColumn: 3, endLine: 6, endColumn: 14 }
        }
      }
    ],
    partialFingerprints: { 'holdfast/v1': 'min-replicas apps/Deployment web spec.replicas' }
  })
  test.strictSame(
    results.map(({ level }) => level),
    ['error', 'warning', 'note', 'error', 'warning']
  )
  for (const { ruleId, ruleIndex } of results) test.equal(tool.driver.rules[Number(ruleIndex)]?.['id'], ruleId)
  test.match(tool.driver.rules[1], {
    id: 'min-replicas',
    shortDescription: { text: 'Title of min-replicas' },
    help: { text: /holdfast explain min-replicas/ },
    helpUri: 'https://docs.example.com/min-replicas'
  })
  test.notOk('helpUri' in (sarifRun(sample, bare).tool.driver.rules[0] ?? {}), 'none where none is known')
  test.strictSame(
    results.map(({ suppressions }) => suppressions),
    [
      [],
      [],
      [],
      [{ kind: 'external', status: 'accepted', justification: 'exempt until 2027-01-31: a single writer' }],
      [{ kind: 'external', status: 'accepted', justification: 'in the baseline' }]
    ]
  )
  test.match(results[1], {
    fixes: [
      {
        artifactChanges: [
          {
            artifactLocation: { uri: 'apps/web.yaml' },
            replacements: [
              {
                deletedRegion: { startLine: 14, startColumn: 30, endLine: 14, endColumn: 30 },
                insertedContent: { text: /^\n {10}readinessProbe:/ }
              }
            ]
          }
        ]
      }
    ]
  })
  test.match(invocations, [{ executionSuccessful: false, toolExecutionNotifications: [{ level: 'error' }] }])
  test.end()
})

void t.test('SARIF has one replacement for each place, with all that is inserted there', (test) => {
  const place = { file: 'a.yaml', offset: 9, line: 2, column: 1 }
  const insertions = [
    { ...place, text: 'a: 1\n' },
    { ...place, text: 'b: 2\n' },
    { ...place, offset: 20, line: 4, text: 'c: 3\n' }
  ]
  const results = sample.results.slice(0, 1).map((result) => ({ ...result, insertions }))
  const replacements = [
    { deletedRegion: { startLine: 2, endLine: 2 }, insertedContent: { text: 'a: 1\nb: 2\n' } },
    { deletedRegion: { startLine: 4, endLine: 4 }, insertedContent: { text: 'c: 3\n' } }
  ]
  const run = sarifRun({ ...sample, results })
  test.match(run.results, [{ fixes: [{ artifactChanges: [{ replacements }] }] }])
  test.end()
})

void t.test('SARIF of a clean run has a list without results', (test) => {
  const { results, invocations, tool } = sarifRun(clean)
  test.strictSame({ results, rules: tool.driver.rules }, { results: [], rules: [] })
  test.match(invocations, [{ executionSuccessful: true, toolExecutionNotifications: [] }])
  test.end()
})

void t.test('SARIF for GitHub leaves out what does not count', (test) => {
  const { results } = sarifRun(withoutSuppressed(sample))
  test.strictSame(
    results.map(({ ruleId, suppressions }) => [ruleId, suppressions]),
    [
      ['min-replicas', []],
      ['readiness-probe', []],
      ['disruption-budget', []]
    ]
  )
  test.end()
})

void t.test('SARIF names files by URI references', (test) => {
  const uris = {
    'a b/ä%#?.yaml': 'a%20b/%C3%A4%25%23%3F.yaml',
    'c:d.yaml': 'c%3Ad.yaml',
    '../up.yaml': '../up.yaml',
    '-': '-',
    '/srv/x y.yaml': 'file:///srv/x%20y.yaml',
    'half \ud800.yaml': 'half%20%EF%BF%BD.yaml'
  }
  for (const [file, uri] of Object.entries(uris)) {
    const location = { file, line: 1, column: 1, endLine: 1, endColumn: 2 }
    const report = { ...clean, results: [resultOf({ location })] }
    test.strictSame(sarifErrors(JSON.parse(formats.sarif(report, bare))), [])
    test.match(sarifRun(report).results[0], { locations: [{ physicalLocation: { artifactLocation: { uri } } }] })
  }
  test.end()
})

function said(text: string): unknown {
  const [result] = sarifRun({ ...clean, results: [resultOf({ text })] }).results
  return result?.['message']
}

void t.test('a SARIF message has no placeholders and links', (test) => {
  test.strictSame(said('add sleep: {seconds: 5}'), { text: 'add sleep: {seconds: 5}' })
  test.strictSame(said('a {0} {12} b'), { text: 'a {{0}} {{12}} b' })
  test.strictSame(said('[here](https://evil.example)'), { text: '[here\\](https://evil.example)' })
  test.end()
})

void t.test('JUnit', (test) => {
  const root = parseXml(formats.junit(sample, bare))
  test.strictSame(root.attributes, {
    name: 'holdfast lint',
    tests: '6',
    failures: '1',
    errors: '1',
    skipped: '4',
    time: '0'
  })
  const suites = root.children.map(({ attributes, children }) => [attributes['name'], children.length])
  test.strictSame(suites, [
    ['holdfast lint', 1],
    ['apps/web.yaml', 3],
    ['db/db.yaml', 2]
  ])
  const text = 'deployment/web: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more'
  const [failed] = root.children[1]?.children ?? []
  test.match(failed, {
    attributes: {
      name: 'deployment/web: [min-replicas] spec.replicas',
      classname: 'apps/web.yaml',
      file: 'apps/web.yaml'
    },
    children: [{ name: 'failure', attributes: { message: text, type: 'required' } }]
  })
  test.equal(failed?.children[0]?.text, `${text}\napps/web.yaml:6:3`, 'where GitLab reads it')
  const exempt = root.children[2]?.children[0]?.children[0]
  test.match(exempt, { name: 'skipped', attributes: { message: 'exempt until 2027-01-31: a single writer' } })
  test.match(root.children[0]?.children[0]?.children[0], { name: 'error', text: 'a tab indents this line' })
  test.end()
})

void t.test('JUnit of a clean run has a test case, without which a report counts as broken', (test) => {
  const root = parseXml(formats.junit(clean, bare))
  test.match(root, { attributes: { tests: '1', failures: '0', errors: '0', skipped: '0' } })
  test.match(root.children[0]?.children, [{ attributes: { name: '1 file, 1 object: no findings' }, children: [] }])
  test.end()
})

void t.test('JUnit: two tests of one name would be one to GitLab', (test) => {
  const location = { file: 'a.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 }
  const twice = { ...clean, results: [resultOf({ location }), resultOf({ location: { ...location, line: 9 } })] }
  const cases = parseXml(formats.junit(twice, bare)).children[1]?.children ?? []
  test.strictSame(
    cases.map(({ attributes }) => attributes['name']),
    ['deployment/web: [min-replicas] spec', 'deployment/web: [min-replicas] spec #2']
  )
  test.end()
})

void t.test('GitHub commands', (test) => {
  const lines = formats.github(sample, bare).split('\n')
  test.strictSame(lines.slice(1, 4), [
    '::error file=apps/web.yaml,line=6,col=3,endColumn=14,title=Holdfast%3A min-replicas::deployment/web: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more',
    '::warning file=apps/web.yaml,line=12,title=Holdfast%3A readiness-probe::deployment/web: [readiness-probe] spec.template.spec.containers[name=web].readinessProbe: has no readiness probe; add one',
    '::notice file=apps/web.yaml,line=5,title=Holdfast%3A disruption-budget::deployment/web: [disruption-budget] spec: no budget covers its pods (budgets unknown); add a PodDisruptionBudget'
  ])
  test.strictSame(parseCommand(lines[0] ?? ''), {
    name: 'error',
    properties: { file: 'broken.yaml', line: '3', title: 'Holdfast: incomplete' },
    message: 'a tab indents this line'
  })
  test.strictSame(lines.slice(4), [
    '3 files, 4 objects: 1 required, 1 advised, 1 unknown; 1 fixable with holdfast fix',
    ''
  ])
  test.equal(formats.github(clean, bare), '1 file, 1 object: no findings\n')
  test.end()
})

void t.test('GitLab', (test) => {
  const entries = JSON.parse(formats.gitlab(sample, bare)) as Record<string, unknown>[]
  test.strictSame(entries[1], {
    description: 'deployment/web: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more',
    check_name: 'min-replicas',
    fingerprint: 'apps/web.yaml min-replicas apps/Deployment web spec.replicas',
    severity: 'major',
    location: { path: 'apps/web.yaml', lines: { begin: 6 } }
  })
  test.strictSame(
    entries.map(({ check_name, severity }) => [check_name, severity]),
    [
      ['incomplete', 'critical'],
      ['min-replicas', 'major'],
      ['readiness-probe', 'minor'],
      ['disruption-budget', 'info']
    ]
  )
  test.equal(formats.gitlab(clean, bare), '[]\n')
  test.end()
})

function at(file: string, line: number, text = ''): Result {
  return resultOf({ text, location: { file, line, column: 1, endLine: line, endColumn: 2 } })
}

function prints(results: readonly Result[]): string[] {
  const entries = JSON.parse(formats.gitlab({ ...clean, results }, bare)) as { fingerprint: string }[]
  return entries.map(({ fingerprint }) => fingerprint)
}

void t.test('fingerprints are unique, and stay where lines move and texts change', (test) => {
  const before = prints([at('a.yaml', 1, 'runs 1'), at('a.yaml', 9), at('b.yaml', 1)])
  test.equal(new Set(before).size, 3)
  test.strictSame(prints([at('a.yaml', 2, 'runs 2'), at('a.yaml', 30), at('b.yaml', 7)]), before)
  test.strictSame(prints([at('b.yaml', 1)]), before.slice(2), 'another file does not change it')
  test.end()
})

void t.test('Markdown', (test) => {
  test.equal(
    formats.markdown(sample, options),
    `### Holdfast: 1 required, 1 advised, 1 unknown

3 files, 4 objects. \`holdfast fix\` can mend 1 of them.

**The report is incomplete:**

- \`broken.yaml:3\`: a tab indents this line

|  | object | where | policy | finding |
| --- | --- | --- | --- | --- |
| required | \`deployment/web\` | \`apps/web.yaml:6\` | [min-replicas](<https://docs.example.com/min-replicas>) | \`spec.replicas\` runs 1 replica; set it to 2 or more |
| advised | \`deployment/web\` | \`apps/web.yaml:12\` | [readiness-probe](<https://docs.example.com/readiness-probe>) | \`spec.template.spec.containers[name=web].readinessProbe\` has no readiness probe; add one |
| unknown | \`deployment/web\` | \`apps/web.yaml:5\` | [disruption-budget](<https://docs.example.com/disruption-budget>) | \`spec\` no budget covers its pods (budgets unknown); add a PodDisruptionBudget |

<details><summary>Not counted: 1 exempt, 1 in the baseline</summary>

| object | where | policy | reason |
| --- | --- | --- | --- |
| \`statefulset/shop/db\` | \`db/db.yaml:4\` | min-replicas | exempt until 2027-01-31: a single writer |
| \`statefulset/shop/db\` | \`db/db.yaml:3\` | topology-spread | in the baseline |

</details>

Entries without effect:

- \`min-replicas apps/Deployment shop/gone\`
`
  )
  test.equal(formats.markdown(clean, options), '### Holdfast: no findings\n\n1 file, 1 object.\n')
  test.end()
})
