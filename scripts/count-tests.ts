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

const fileComment = /^# file: (.+)$/m

/** The comment ahead of the tests of a file, where files share a process. */
export function startOfFile(file: string): string {
  return `file: ${file}`
}

/** The TAP of files that share a process, by file. */
export function tapByFile(tap: string): ReadonlyMap<string, string> {
  const parts = tap.split(/^(?=# file: )/m)
  return new Map(parts.map((part) => [fileComment.exec(part)?.[1] ?? '', part]))
}

/**
 * Counts the tests of files that share a process, while its TAP is parsed; the function that it returns is called once parser and
 * process have ended. A single file may be without the comment that names it.
 * A test is a file or a subtest that asserts something itself, however often, or a subtest that holds no other.
 * A group fails where nothing in it failed and it failed all the same. A file fails that ends badly, or holds no test.
 */
export function countTests(parser: Parser, files: readonly string[]): (exit: Exit) => ReadonlyMap<string, TestCount> {
  const levels = new Map(files.map((file) => [file, newLevel(file)]))
  let last = files[0] ?? ''
  follow(parser, () => levels.get(last))
  parser.on('comment', (comment: string) => {
    const file = fileComment.exec(comment)?.[1] ?? ''
    if (levels.has(file)) last = file
  })
  return ({ code, signal }) => {
    const skipReason = parser.results?.plan.skipAll === true ? parser.results.plan.skipReason : ''
    const good = code === 0 && parser.results?.ok === true
    const counted = new Map([...levels].map(([file, level]) => [file, close(level, good ? skipReason : '')]))
    const unexplained = !good && [...counted.values()].every(({ failures }) => failures.length === 0)
    if (signal !== null || unexplained) counted.get(last)?.failures.push(last)
    return counted
  }
}

function close(level: Level, skipReason: string): TestCount & { failures: string[] } {
  closeOwn(level)
  const { path, passed, skipped, failures } = level
  const empty = passed + skipped + failures.length === 0
  if (empty && skipReason !== '' && skipReason !== 'no tests found') return { passed, skipped: 1, failures }
  return { passed, skipped, failures: empty ? [path] : failures }
}

function newLevel(path: string): Level {
  return { path, passed: 0, skipped: 0, failures: [], own: 'none', holdsTests: false }
}

function follow(parser: Parser, levelNow: () => Level | undefined): void {
  // The test point of a subtest follows what is in it.
  let subtest: Level | undefined
  parser.on('child', (child: Parser) => {
    const below = newLevel(`${levelNow()?.path} > ${child.name}`)
    subtest = below
    follow(child, () => below)
  })
  parser.on('assert', ({ ok, skip, todo }: Result) => {
    const level = levelNow()
    const closed = subtest
    subtest = undefined
    if (level === undefined) return
    if (closed !== undefined) level.holdsTests = true
    if (skip !== false || todo !== false) level.skipped += 1
    else if (closed !== undefined) add(level, closed, ok)
    else if (level.own !== 'failed') level.own = ok ? 'passed' : 'failed'
  })
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
