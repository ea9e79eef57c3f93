import * as fc from 'fast-check'
import t from 'tap'
import { longestPolicyId } from '../../src/engine/api.ts'
import { type Finding, findingItem, findingLine, findingText, longestText } from '../../src/engine/finding.ts'
import { oneLine } from '../../src/engine/text.ts'
import {
  type Certainty,
  certain,
  hedgeOf,
  longestMeaning,
  reasonsBesideFacts,
  uncertain
} from '../../src/engine/violation.ts'
import { frozen } from '../support/workloads.ts'

const shortfall = { field: 'spec.replicas', problem: 'runs 1 replica', fix: 'set it to 2 or more' }
const finding: Finding = frozen({ policy: 'min-replicas', severity: 'required', ...certain(shortfall) })

void t.test('a finding in words', (test) => {
  const text = '[min-replicas] spec.replicas: runs 1 replica; set it to 2 or more'
  test.equal(findingText(finding), text)
  test.equal(findingLine('deployment/web', finding), `deployment/web: ${text}`, 'alone it names its object')
  const open: Finding = { policy: 'min-replicas', severity: 'unknown', ...uncertain('autoscaler', shortfall) }
  test.equal(
    findingText(open),
    '[min-replicas] spec.replicas: runs 1 replica (autoscaler unknown); set it to 2 or more',
    'a fact that is unknown'
  )
  test.equal(
    findingText({ ...open, ...uncertain('intent', shortfall) }),
    '[min-replicas] spec.replicas: runs 1 replica (unless intended); set it to 2 or more',
    'another reason'
  )
  test.equal(
    findingText({ ...open, ...uncertain('serverVersion', shortfall) }),
    '[min-replicas] spec.replicas: runs 1 replica (server version unknown); set it to 2 or more',
    'a fact whose name has several words'
  )
  test.end()
})

const deep: Finding = frozen({
  policy: 'readiness-probe',
  severity: 'required',
  ...certain({
    field: 'spec.template.spec.containers[name=checkout].readinessProbe',
    problem: 'serves port 8080 without a readiness probe',
    fix: 'add one'
  })
})

void t.test('a finding that is known to be plain is the same line', (test) => {
  const long = { ...deep, field: `${deep.field}${'x'.repeat(300)}` }
  for (const one of [finding, deep, long]) test.equal(findingItem(one, true), findingItem(one))
  test.ok(findingItem(long, true).length <= longestText, 'and cut, if it is too long')
  test.end()
})

void t.test('what gives way in a line', (test) => {
  const bare =
    '[readiness-probe] containers[name=checkout].readinessProbe: serves port 8080 without a readiness probe; add one'
  test.equal(findingLine('deployment/web', deep), `deployment/web: ${bare}`, 'first the path to the pod spec')
  const ofCronJob = { ...deep, field: deep.field.replace('spec.', 'spec.jobTemplate.spec.') }
  test.equal(findingLine('deployment/web', ofCronJob), `deployment/web: ${bare}`, 'that of a CronJob, too')
  const name = `a${'x'.repeat(300)}z`
  const long = findingLine('deployment/web', {
    ...deep,
    field: `spec.template.spec.containers[name=${name}].readinessProbe`
  })
  test.match(long, /^deployment\/web: \[readiness-probe\] containers\[name=ax+…x+z\]\.readinessProbe: serves /)
  test.ok(long.endsWith(': serves port 8080 without a readiness probe; add one'), 'then the middle of the field')
  test.equal(long.length, longestText)
  const longObject = findingLine(`deployment/${name}`, deep)
  test.match(
    longObject,
    /^deployment\/ax+…x+z: \[readiness-probe\] \S+: serves port 8080 without a readiness probe; add one$/
  )
  test.ok(longObject.length <= longestText, 'and the middle of the name')
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
    'marks that turn a text around': ['a\u202eb\u2066c\u200fd', 'a b c d'],
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

void t.test('whatever a finding says, its line can be sent, with its problem and its fix whole', (test) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ maxLength: 30 }),
    fc.constant('\ud83d'.repeat(200))
  )
  const longId = 'p'.repeat(longestPolicyId)
  const certainties = fc.constantFrom<Certainty>(
    { kind: 'certain' },
    ...reasonsBesideFacts.map((reason): Certainty => ({ kind: 'uncertain', reason, told: 'always' })),
    { kind: 'uncertain', reason: 'serverVersion', told: 'always' }
  )
  /** As long as they may be, or shorter. */
  const meanings = fc
    .tuple(certainties, fc.nat(longestMeaning), fc.nat(longestMeaning))
    .map(([certainty, one, other]) => {
      const room = longestMeaning - hedgeOf({ certainty }).length
      const [first = 0, second = 0] = [one % (room - 1), other % (room - 1)].toSorted((left, right) => left - right)
      return { certainty, problem: 'x'.repeat(first + 1), fix: 'y'.repeat(room - 1 - second) }
    })
  fc.assert(
    fc.property(text, text, meanings, (object, field, { certainty, problem, fix }) => {
      const one: Finding = { policy: longId, severity: 'required', field, problem, fix, certainty }
      const hedge = hedgeOf(one)
      const end = `: ${problem}${hedge === '' ? '' : ` (${hedge})`}; ${fix}`
      return [findingLine(`poddisruptionbudget/${object}`, one), findingItem(one)].every((line) => {
        return line.length <= longestText && line.isWellFormed() && !/\p{Cc}/u.test(line) && line.endsWith(end)
      })
    }),
    { numRuns: 4000 }
  )
  test.pass('at most 256 characters, none of them a control character')
  test.end()
})
