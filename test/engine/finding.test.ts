import * as fc from 'fast-check'
import t from 'tap'
import { type Finding, findingText, findingWarning, oneLine, warningLength } from '../../src/engine/finding.ts'
import { frozen } from '../support/workloads.ts'

const finding: Finding = frozen({
  policy: 'min-replicas',
  severity: 'required',
  field: 'spec.replicas',
  problem: 'runs 1 replica',
  fix: 'set it to 2 or more'
})

void t.test('a finding in words', (test) => {
  const text = '[min-replicas] spec.replicas: runs 1 replica; set it to 2 or more'
  test.equal(findingText(finding), text)
  test.equal(findingWarning(finding), text, 'a short one is its own warning')
  test.end()
})

const deep: Finding = frozen({
  policy: 'readiness-probe',
  severity: 'required',
  field: 'spec.template.spec.containers[name=checkout].readinessProbe',
  problem: 'serves port 8080 without one',
  fix: 'add a readiness probe'
})

void t.test('what gives way in a warning', (test) => {
  test.equal(
    findingWarning(deep),
    '[readiness-probe] containers[name=checkout].readinessProbe: serves port 8080 without one; add a readiness probe',
    'first the path to the pod spec'
  )
  test.equal(
    findingWarning({ ...deep, field: deep.field.replace('spec.', 'spec.jobTemplate.spec.') }),
    findingWarning(deep),
    'that of a CronJob too'
  )
  test.equal(
    findingWarning({ ...deep, problem: `serves port 8080 ${'and others '.repeat(9)}without one` }),
    '[readiness-probe] containers[name=checkout].readinessProbe: add a readiness probe',
    'then the problem'
  )
  const long = findingWarning({
    ...deep,
    field: `spec.template.spec.containers[name=${'x'.repeat(300)}].readinessProbe`
  })
  test.equal(long, `[readiness-probe] containers[name=${'x'.repeat(62)}…: add a readiness probe`, 'then the field')
  test.equal(long.length, warningLength)
  const fix = `set ${'x'.repeat(200)}`
  test.equal(findingWarning({ ...deep, fix }).length, warningLength, 'a fix that is too long itself is cut')
  test.end()
})

void t.test('one line, of well-formed characters', (test) => {
  const cases: Readonly<Record<string, readonly [text: string, line: string]>> = {
    'a line break': ['a\nb', 'a b'],
    'several in a row are one blank': ['a\r\n\t\u0000b', 'a b'],
    'an escape sequence loses its escape': ['\u001b[2Jgone', ' [2Jgone'],
    'the delete character': ['a\u007fb', 'a b'],
    'the controls after it': ['a\u0085\u009bb', 'a b'],
    'line and paragraph separators': ['a\u2028b\u2029c', 'a b c'],
    'half a pair': ['a\ud800b\udc00', 'a\ufffdb\ufffd'],
    'a whole pair stays': ['a😀b', 'a😀b'],
    'other scripts stay': ['контейнер', 'контейнер']
  }
  for (const [fact, [text, line]] of Object.entries(cases)) test.equal(oneLine(text), line, fact)
  const hostile = 'web\n[min-replicas] all is well\u001b[31m'
  test.equal(
    findingText({ ...finding, field: `spec.template.spec.containers[name=${hostile}].readinessProbe` }),
    '[min-replicas] spec.template.spec.containers[name=web [min-replicas] all is well [31m].readinessProbe: runs 1 replica; set it to 2 or more',
    'a name cannot start a line of its own'
  )
  test.end()
})

void t.test('whatever a finding says, its warning can be sent', (test) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ maxLength: 30 }),
    fc.constant('\ud83d'.repeat(200))
  )
  const short = fc.stringMatching(/^[a-z ]{1,60}$/)
  fc.assert(
    fc.property(text, text, fc.oneof(short, text), (field, problem, fix) => {
      const warning = findingWarning({ ...finding, field, problem, fix })
      return warning.length <= warningLength && warning.isWellFormed() && !/\p{Cc}/u.test(warning)
    }),
    { numRuns: 2000 }
  )
  test.pass('at most 120 characters, none of them a control character')
  fc.assert(
    fc.property(text, text, short, (field, problem, fix) => {
      return findingWarning({ ...finding, field, problem, fix }).endsWith(fix)
    }),
    { numRuns: 2000 }
  )
  test.pass('a fix of up to 60 characters is always whole')
  test.end()
})
