import t from 'tap'
import { readExemptions, readTerms } from '../../src/engine/exemption.ts'
import { frozen, type JsonMap } from '../support/workloads.ts'

const policyIds = new Set(['min-replicas', 'readiness-probe'])
const today = '2026-11-21'
const free = { allowed: true, forbidden: new Set<string>() }
const exempt = 'holdfast.dev/exempt.min-replicas'
const until = 'holdfast.dev/exempt-until'

interface Read {
  reasons: Record<string, string>
  remarks: readonly string[]
}

function read(annotations: JsonMap | undefined, rules = free): Read {
  const metadata = annotations === undefined ? {} : { annotations: annotations as Record<string, string> }
  const { reasons, remarks } = readExemptions(frozen(metadata), { policyIds, rules, today: () => today })
  return { reasons: Object.fromEntries(reasons), remarks }
}

const holds = { 'min-replicas': 'runs once' }

void t.test('what exempts', (test) => {
  const cases: Readonly<Record<string, readonly [annotations: JsonMap | undefined, read: Read]>> = {
    'no annotations': [undefined, { reasons: {}, remarks: [] }],
    'other annotations': [
      { note: 'x', 'holdfast.dev/inject': 'disabled' },
      { reasons: {}, remarks: [] }
    ],
    'a reason': [{ [exempt]: 'runs once' }, { reasons: holds, remarks: [] }],
    'two policies': [
      { [exempt]: 'runs once', 'holdfast.dev/exempt.readiness-probe': 'no port' },
      { reasons: { ...holds, 'readiness-probe': 'no port' }, remarks: [] }
    ],
    'an end date alone': [{ [until]: '2026-11-20' }, { reasons: {}, remarks: [] }],
    'an empty reason': [{ [exempt]: '' }, { reasons: {}, remarks: [`${exempt} gives no reason, so it has no effect`] }],
    'a blank reason': [
      { [exempt]: ' \t' },
      { reasons: {}, remarks: [`${exempt} gives no reason, so it has no effect`] }
    ],
    ...Object.fromEntries(
      ['\u200b', '\u00ad\u2060', '\u3164', '\u2800', '\u00a0\ufeff', '\u202e', '\ufe0f\u0301', '\u{e0041}', '\n'].map(
        (reason): [string, (typeof cases)[string]] => [
          `characters that nobody sees: ${JSON.stringify(reason)}`,
          [{ [exempt]: reason }, { reasons: {}, remarks: [`${exempt} gives no reason, so it has no effect`] }]
        ]
      )
    ),
    ...Object.fromEntries(
      ['#7', '単一の書き込み', 'на время', '\u200bx', '👍'].map((reason): [string, (typeof cases)[string]] => [
        `one that is short, or in another script: ${reason}`,
        [{ [exempt]: reason }, { reasons: { 'min-replicas': reason }, remarks: [] }]
      ])
    ),
    'an unknown policy': [
      { 'holdfast.dev/exempt.min-replica': 'x' },
      {
        reasons: {},
        remarks: ['holdfast.dev/exempt.min-replica names no policy, so it has no effect; did you mean min-replicas?']
      }
    ],
    'no policy': [
      { 'holdfast.dev/exempt.': 'x' },
      { reasons: {}, remarks: ['holdfast.dev/exempt. names no policy, so it has no effect'] }
    ],
    'all policies': [
      { 'holdfast.dev/exempt.*': 'x' },
      { reasons: {}, remarks: ['holdfast.dev/exempt.* names no policy, so it has no effect'] }
    ],
    'a key of every object': [
      { 'holdfast.dev/exempt.__proto__': 'x', ['__proto__']: 'x', constructor: 'x' },
      { reasons: {}, remarks: ['holdfast.dev/exempt.__proto__ names no policy, so it has no effect'] }
    ],
    'one that counts beside one that does not': [
      { 'holdfast.dev/exempt.helm': 'x', [exempt]: 'runs once' },
      { reasons: holds, remarks: ['holdfast.dev/exempt.helm names no policy, so it has no effect'] }
    ]
  }
  for (const [fact, [annotations, expected]] of Object.entries(cases)) {
    test.strictSame(read(annotations), expected, fact)
  }
  test.end()
})

void t.test('how long', (test) => {
  const noDate = `${until} is not a date, so no exemption applies; write it as YYYY-MM-DD`
  const cases: Readonly<Record<string, readonly [until: string, counts: boolean, remarks: readonly string[]]>> = {
    'until today: the last day counts': [today, true, ['its exemptions end on 2026-11-21, today']],
    'until tomorrow': ['2026-11-22', true, ['its exemptions end on 2026-11-22, in 1 day']],
    'until yesterday': ['2026-11-20', false, ['its exemptions ended on 2026-11-20, so the policies apply again']],
    'in 14 days': ['2026-12-05', true, ['its exemptions end on 2026-12-05, in 14 days']],
    'in 15 days': ['2026-12-06', true, []],
    'in another year': ['9999-12-31', true, []],
    'long ago': ['0001-01-01', false, ['its exemptions ended on 0001-01-01, so the policies apply again']],
    'a day that February does not have': ['2026-02-30', false, [noDate]],
    'the 29th of February of a common year': ['2027-02-29', false, [noDate]],
    'the 29th of February of a leap year': ['2028-02-29', true, []],
    'a month that there is not': ['2026-13-01', false, [noDate]],
    'a time': ['2027-01-31T00:00:00Z', false, [noDate]],
    'a date with blanks': [' 2027-01-31', false, [noDate]],
    'a date on a line': ['2027-01-31\n', false, [noDate]],
    'another order': ['31-01-2027', false, [noDate]],
    'one digit': ['2027-1-31', false, [noDate]],
    'a word': ['forever', false, [noDate]],
    nothing: ['', false, [noDate]]
  }
  for (const [fact, [end, counts, remarks]] of Object.entries(cases)) {
    const expected = { reasons: counts ? holds : {}, remarks }
    test.strictSame(read({ [exempt]: 'runs once', [until]: end }), expected, fact)
  }
  test.end()
})

void t.test('what the configuration forbids', (test) => {
  const remark = `${exempt} has no effect: exemptions from min-replicas are forbidden here`
  const both = { [exempt]: 'runs once', 'holdfast.dev/exempt.readiness-probe': 'no port' }
  test.strictSame(
    read(both, { allowed: true, forbidden: new Set(['min-replicas']) }),
    { reasons: { 'readiness-probe': 'no port' }, remarks: [remark] },
    'one policy'
  )
  test.strictSame(read(both, { ...free, allowed: false }).reasons, {}, 'every exemption')
  test.strictSame(
    read({ [exempt]: '' }, { ...free, allowed: false }).remarks,
    [remark],
    'then the missing reason does not matter'
  )
  test.strictSame(
    read({ 'holdfast.dev/exempt.helm': 'x' }, { ...free, allowed: false }).remarks,
    ['holdfast.dev/exempt.helm names no policy, so it has no effect'],
    'a misspelt one is still misspelt'
  )
  test.end()
})

function terms(annotations: JsonMap | undefined) {
  const metadata = annotations === undefined ? {} : { annotations: annotations as Record<string, string> }
  return readTerms(frozen(metadata), { policyIds, rules: free, today: () => today })
}

void t.test('how many days are left', (test) => {
  const policies = ['min-replicas']
  test.strictSame(terms({ [exempt]: 'runs once', [until]: '2026-11-21' }), { policies, daysLeft: 0 })
  test.strictSame(terms({ [exempt]: 'runs once', [until]: '2026-12-01' }), { policies, daysLeft: 10 })
  test.strictSame(terms({ [exempt]: 'runs once', [until]: '2026-11-11' }), { policies, daysLeft: -10 }, 'it is over')
  test.strictSame(terms({ [exempt]: 'runs once' }), { policies, daysLeft: undefined }, 'it has no end')
  test.equal(terms({ [exempt]: 'runs once', [until]: 'forever' }), undefined, 'no exemption applies')
  test.equal(terms({ [exempt]: '', [until]: '2026-12-01' }), undefined, 'it has no effect')
  test.equal(terms({ [until]: '2026-12-01' }), undefined)
  test.equal(terms(undefined), undefined)
  test.end()
})
