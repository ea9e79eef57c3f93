import type { Parser, Result } from 'tap-parser'

/** The tests of a file, or of several. */
export interface TestCount {
  readonly passed: number
  readonly skipped: number
  /** The path of names of each that failed. */
  readonly failures: readonly string[]
}

/** How the process of a file ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** What a file or a subtest has said so far. */
interface Level {
  readonly path: string
  passed: number
  skipped: number
  readonly failures: string[]
  /** What came of its own assertions. */
  own: 'none' | 'passed' | 'failed'
  holdsTests: boolean
}

/**
 * Counts the tests of a file while its TAP is parsed; the function that it returns is called once parser and process have ended.
 * A test is a file or a subtest that asserts something itself, however often, or a subtest that holds no other.
 * A group fails where nothing in it failed and it failed all the same. A file fails that ends badly, or holds no test.
 */
export function countTests(parser: Parser, file: string): (exit: Exit) => TestCount {
  const level = follow(parser, file)
  return ({ code, signal }) => {
    closeOwn(level)
    const { passed, skipped, failures } = level
    const reason = parser.results?.plan.skipAll === true ? parser.results.plan.skipReason : ''
    const empty = passed + skipped + failures.length === 0
    const good = code === 0 && parser.results?.ok === true
    if (empty && good && reason !== '' && reason !== 'no tests found') return { passed, skipped: 1, failures }
    const unexplained = failures.length === 0 && (empty || !good)
    if (signal !== null || unexplained) failures.push(file)
    return { passed, skipped, failures }
  }
}

function follow(parser: Parser, path: string): Level {
  const level: Level = { path, passed: 0, skipped: 0, failures: [], own: 'none', holdsTests: false }
  // The test point of a subtest follows what is in it.
  let subtest: Level | undefined
  parser.on('child', (child: Parser) => {
    subtest = follow(child, `${path} > ${child.name}`)
  })
  parser.on('assert', ({ ok, skip, todo }: Result) => {
    const closed = subtest
    subtest = undefined
    if (closed !== undefined) level.holdsTests = true
    if (skip !== false || todo !== false) level.skipped += 1
    else if (closed !== undefined) add(level, closed, ok)
    else if (level.own !== 'failed') level.own = ok ? 'passed' : 'failed'
  })
  return level
}

function add(level: Level, subtest: Level, ok: boolean): void {
  if (subtest.own === 'none' && !subtest.holdsTests) subtest.own = ok ? 'passed' : 'failed'
  closeOwn(subtest)
  if (!ok && subtest.failures.length === 0) subtest.failures.push(subtest.path)
  level.passed += subtest.passed
  level.skipped += subtest.skipped
  level.failures.push(...subtest.failures)
}

/** An assertion that failed makes one test of all that its level asserts. */
function closeOwn(level: Level): void {
  if (level.own === 'passed') level.passed += 1
  if (level.own === 'failed') level.failures.push(level.path)
}
