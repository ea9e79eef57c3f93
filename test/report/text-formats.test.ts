import t from 'tap'
import { human } from '../../src/report/human.ts'
import { line } from '../../src/report/line.ts'
import { reportOf, resultOf } from './sample-result.ts'

const advised = resultOf({
  policy: 'min-replicas',
  severity: 'advised',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: '', name: 'api' },
  container: '',
  field: 'spec.replicas',
  problem: 'runs 1 replica',
  fix: 'set it to 2 or more',
  text: 'deployment/api: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more',
  fixable: false,
  location: { file: 'api.yaml', line: 5, column: 3, endLine: 5, endColumn: 14 }
})
const unknown = resultOf({ ...advised, severity: 'unknown', hedge: 'autoscaler unknown' })
const exempt = resultOf({ suppressed: { by: 'exemption', reason: 'a sidecar of others' } })
const report = reportOf([advised, unknown, resultOf(), exempt], {
  incomplete: [
    { file: 'x.yaml', line: 3, problem: 'duplicate key' },
    { file: 'y.bin', problem: 'a binary file' }
  ],
  stale: ['.holdfast-baseline: min-replicas apps/Deployment gone']
})

void t.test('people read what is most severe first, and a line that sums up', (test) => {
  const summary = { ...report.summary, files: 12, objects: 9, exempted: 1, baselined: 2 }
  test.equal(
    human({ ...report, summary: { ...summary, required: 1, fixable: 1 } }, { colour: false }),
    `web.yaml:7:3  required  Deployment shop/web  readiness-probe
  spec.template.spec.containers[name=web].readinessProbe: has none
  fix: add one (holdfast fix does it)

api.yaml:5:3  advised  Deployment api  min-replicas
  spec.replicas: runs 1 replica
  fix: set it to 2 or more

api.yaml:5:3  unknown  Deployment api  min-replicas
  spec.replicas: runs 1 replica (autoscaler unknown)
  fix: set it to 2 or more

Not judged
  x.yaml:3: duplicate key
  y.bin: a binary file

Without effect
  .holdfast-baseline: min-replicas apps/Deployment gone

12 files, 9 objects: 1 required, 1 advised, 1 unknown; 1 fixable with holdfast fix; 1 exempt; 2 in the baseline
`
  )
  test.equal(human(reportOf([]), { colour: false }), '0 objects: no findings\n')
  test.end()
})

void t.test('colours change nothing but colours', (test) => {
  const coloured = human(report, { colour: true })
  test.match(coloured, '\u001b[31mrequired\u001b[39m')
  // oxlint-disable-next-line no-control-regex -- colours begin with one
  test.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), human(report, { colour: false }))
  test.end()
})

void t.test('a line for each result that counts, and for each thing that could not be read', (test) => {
  test.equal(
    line(report, { colour: true }),
    `api.yaml:5:3: advised: deployment/api: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more
api.yaml:5:3: unknown: deployment/api: [min-replicas] spec.replicas: runs 1 replica; set it to 2 or more
web.yaml:7:3: required: deployment/web: [readiness-probe] containers[name=web].readinessProbe: has none; add one
x.yaml:3: error: duplicate key
y.bin: error: a binary file
`
  )
  test.equal(line(reportOf([]), { colour: false }), '')
  test.end()
})

void t.test('a file and a text cannot draw on the terminal', (test) => {
  const hostile = resultOf({
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'a\u001b[2J', name: 'b\nc' },
    problem: 'x\u202e',
    text: 'a\u001b[31mb',
    location: { file: 'a\u001b]0;x\u0007.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }
  })
  const shown = reportOf([hostile], { incomplete: [{ file: 'b\u001b', problem: 'c\r' }], stale: ['d\u009b'] })
  // oxlint-disable-next-line no-control-regex -- they are what must be gone
  const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/
  test.notMatch(human(shown, { colour: false }), control)
  test.notMatch(line(shown, { colour: false }), control)
  test.equal(line(shown, { colour: false }).split('\n').length, 3)
  test.end()
})

void t.test('a cluster has no files', (test) => {
  const { location: _none, ...live } = resultOf()
  test.match(human(reportOf([live]), { colour: false }), /^required {2}Deployment shop\/web {2}readiness-probe\n/)
  test.match(line(reportOf([live]), { colour: false }), /^shop: required: deployment\/web: /)
  test.end()
})
