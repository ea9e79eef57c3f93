import { Parser } from 'tap-parser'
import t from 'tap'
import { countTests, type Exit, startOfFile, tapByFile } from '../../scripts/count-tests.ts'

/** The indentation of a subtest is four spaces. */
function countOf(files: readonly string[], tap: string, exit: Exit) {
  const parser = new Parser()
  const counted = countTests(parser, files)
  parser.end(`TAP version 14\n${tap}\n`)
  return counted(exit)
}

function count(tap: string, exit: Exit = good) {
  return countOf(['a.test.ts'], tap, exit).get('a.test.ts')
}

const good: Exit = { code: 0, signal: null }
const failed: Exit = { code: 1, signal: null }
const looping = `
    # Subtest: a rule for each of many
    ok 1 - one
    ok 2 - two
    ok 3 - three
    1..3
ok 1 - a rule for each of many # time=1ms
1..1`

void t.test('a test is one, however often it asserts', async (test) => {
  test.strictSame(count(looping), { passed: 1, skipped: 0, failures: [] })
  const oneWrong = looping.replace('ok 2 - two', 'not ok 2 - two').replace(/^ok 1/m, 'not ok 1')
  test.strictSame(count(oneWrong, failed), {
    passed: 0,
    skipped: 0,
    failures: ['a.test.ts > a rule for each of many']
  })
})

void t.test('what a file asserts outside of its tests is one, too', async (test) => {
  test.strictSame(count('ok 1\nok 2\n1..2'), { passed: 1, skipped: 0, failures: [] })
  test.strictSame(count('ok 1\nnot ok 2\n1..2', failed), { passed: 0, skipped: 0, failures: ['a.test.ts'] })
})

const nested = (own: string) => `
    # Subtest: a group
        # Subtest: its first
        ok 1
        1..1
    ok 1 - its first # time=1ms
        # Subtest: its second
        1..0
    ok 2 - its second # time=1ms
${own}
ok 1 - a group # time=1ms
1..1`

void t.test('a group is no test, except where it asserts something itself', async (test) => {
  test.strictSame(count(nested('    1..2')), { passed: 2, skipped: 0, failures: [] })
  test.strictSame(count(nested('    ok 3\n    1..3')), { passed: 3, skipped: 0, failures: [] })
})

void t.test('a group that fails by itself has failed, with what passed in it', async (test) => {
  const late = nested('    not ok 3 - timeout!\n    1..3').replace(/^ok 1/m, 'not ok 1')
  test.strictSame(count(late, failed), { passed: 2, skipped: 0, failures: ['a.test.ts > a group'] })
  const fewer = nested('    1..3').replace(/^ok 1/m, 'not ok 1')
  test.strictSame(count(fewer, failed), { passed: 2, skipped: 0, failures: ['a.test.ts > a group'] })
})

void t.test('a group has not failed because of a test in it', async (test) => {
  const oneWrong = nested('    1..2').replace('        ok 1\n', '        not ok 1\n')
  const everyPoint = oneWrong.replace('    ok 1 - its', '    not ok 1 - its').replace(/^ok 1/m, 'not ok 1')
  test.strictSame(count(everyPoint, failed), {
    passed: 1,
    skipped: 0,
    failures: ['a.test.ts > a group > its first']
  })
})

void t.test('a file that ends badly has failed, with what passed in it', async (test) => {
  test.strictSame(count(looping, failed), { passed: 1, skipped: 0, failures: ['a.test.ts'] })
  test.strictSame(count(looping.replace(/^1\.\.1/m, '1..2')), { passed: 1, skipped: 0, failures: ['a.test.ts'] })
  const killed: Exit = { code: null, signal: 'SIGKILL' }
  const begun = looping.replace(/\nok 1 - a rule[^]*/, '\n')
  test.strictSame(count(`not ok 1\n${begun}`, killed), {
    passed: 0,
    skipped: 0,
    failures: ['a.test.ts', 'a.test.ts']
  })
})

void t.test('a file without a test has failed', async (test) => {
  for (const empty of ['', '1..0', '1..0 # no tests found', 'not TAP at all']) {
    test.strictSame(count(empty), { passed: 0, skipped: 0, failures: ['a.test.ts'] }, empty)
  }
})

void t.test('what is skipped is counted apart, a file with a reason as well', async (test) => {
  test.strictSame(count('ok 1\nok 2 - later # SKIP\nok 3 - some day # todo\n1..3'), {
    passed: 1,
    skipped: 2,
    failures: []
  })
  const subtest = '    # Subtest: a\n    1..0 # no cluster\nok 1 - a # SKIP no cluster\n1..1'
  test.strictSame(count(subtest), { passed: 0, skipped: 1, failures: [] })
  test.strictSame(count('1..0 # no cluster'), { passed: 0, skipped: 1, failures: [] })
})

function together(...parts: readonly string[]): string {
  return parts.map((part, index) => `# ${startOfFile(`${'abc'[index]}.test.ts`)}\n${part}\n`).join('')
}

void t.test('files that share a process are counted apart', async (test) => {
  const tap = together('ok 1', '', 'ok 2\nnot ok 3\n1..3')
  const counted = countOf(['a.test.ts', 'b.test.ts', 'c.test.ts'], tap, failed)
  test.strictSame(
    [...counted],
    [
      ['a.test.ts', { passed: 1, skipped: 0, failures: [] }],
      ['b.test.ts', { passed: 0, skipped: 0, failures: ['b.test.ts'] }],
      ['c.test.ts', { passed: 0, skipped: 0, failures: ['c.test.ts'] }]
    ]
  )
  test.equal(tapByFile(`TAP version 14\n${tap}`).get('b.test.ts'), '# file: b.test.ts\n\n')
})

void t.test('a process that ends badly is the failure of the file that it was in', async (test) => {
  const tap = together('ok 1', 'ok 2')
  const counted = countOf(['a.test.ts', 'b.test.ts'], tap, { code: null, signal: 'SIGKILL' })
  test.strictSame(
    [...counted.values()].map(({ failures }) => failures),
    [[], ['b.test.ts']]
  )
})
