// Runs test files, and closes with one line: `N passed, N failed`, and `, N skipped` where there are any.
//   node scripts/test.ts [--jobs=N] [--timeout=SECONDS] [--shared=MODULE] [--together=GLOB] [--first=GLOB] GLOB...
// Each file is a process of its own, but for those of a folder that `--together` matches: they share one. A process loads tap and the
// source, which takes longer than most files of pure functions.
// Files that `--first` matches start before the others, in the order in which they are given: the longest, so that none is left at the end.
// The module exports `startShared`: it starts what the files of the run share, and its environment tells them where that is.
// A file says its tests in TAP; of one that fails all of it is shown. The runner of tap would take twice the time: it loads more
// into each process.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Parser } from 'tap-parser'
import { bundleTap } from './bundle-tap.ts'
import { countTests, type Exit, tapByFile, type TestCount } from './count-tests.ts'

/** A file that is out of time may say in which test it is: it is told of its time, and ended when a tenth more is over. */
const graceFactor = 1.1
/** Of files that run. Each leads a group, so that what it started ends with it. */
const running = new Set<number>()
const cache = join(import.meta.dirname, '../node_modules/.cache/holdfast')
const resolveTap = join(import.meta.dirname, 'resolve-tap.ts')
const runTogether = join(import.meta.dirname, 'run-together.ts')

interface Settings {
  /** The files of each process. */
  groups: readonly (readonly string[])[]
  /** Patterns that no file has. */
  missing: readonly string[]
  jobs: number
  timeoutSeconds: number
  shared: string | undefined
}

type Environment = Readonly<Record<string, string>>
interface Shared {
  environment: Environment
  close: () => Promise<void>
}

function settings(): Settings {
  const { values, positionals } = parseArgs({
    options: {
      // Two more than there are processors, as some files wait.
      jobs: { type: 'string', default: String(availableParallelism() + 2) },
      timeout: { type: 'string', default: '120' },
      shared: { type: 'string' },
      together: { type: 'string', multiple: true, default: [] },
      first: { type: 'string', multiple: true, default: [] }
    },
    allowPositionals: true
  })
  return {
    groups: groupsOf(inOrder(globSync(positionals), values.first), new Set(globSync(values.together))),
    missing: [...positionals, ...values.first].filter((pattern) => globSync(pattern).length === 0),
    jobs: toCount('jobs', values.jobs),
    timeoutSeconds: toCount('timeout', values.timeout),
    shared: values.shared
  }
}

function inOrder(files: readonly string[], patterns: readonly string[]): string[] {
  const first = patterns.flatMap((pattern) => globSync(pattern).toSorted()).filter((file) => files.includes(file))
  return [...new Set([...first, ...files.toSorted()])]
}

/** Groups come first: they take the longest. */
function groupsOf(files: readonly string[], together: ReadonlySet<string>): string[][] {
  const byFolder = Map.groupBy(
    files.filter((file) => together.has(file)),
    (file) => dirname(file)
  )
  const alone = files.filter((file) => !together.has(file))
  return [...byFolder.values(), ...alone.map((file) => [file])]
}

function toCount(name: string, text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new Error(`--${name}=${text}: not a whole number above 0`)
}

async function runGroup(files: readonly string[], timeoutSeconds: number, given: Environment): Promise<TestCount> {
  const began = performance.now()
  const env = {
    NODE_COMPILE_CACHE: cache,
    ...process.env,
    ...given,
    TAP_TIMEOUT: String(timeoutSeconds),
    TEST_FILES: files.join('\n')
  }
  const [first = ''] = files
  const args = ['--import', resolveTap, files.length > 1 ? runTogether : first]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const group = child.pid ?? 0
  running.add(group)
  const late = setTimeout(() => endGroup(group), timeoutSeconds * 1000 * graceFactor)
  child.on('exit', () => endGroup(group))
  const parser = new Parser({ name: first })
  const count = countTests(parser, files)
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
    parser.write(chunk)
  })
  const exit = await new Promise<Exit>((done, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => done({ code, signal }))
  })
  clearTimeout(late)
  running.delete(group)
  parser.end()
  const counted = count(exit)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  if (files.length === 1) {
    const one = sum(counted.values())
    if (one.failures.length > 0) console.log(said.trimEnd())
    console.log(`${countLine(first, one, exit)} in ${seconds} s`)
    return one
  }
  const tap = tapByFile(said)
  for (const [file, one] of counted) {
    if (one.failures.length > 0) console.log(tap.get(file)?.trimEnd() ?? '')
    console.log(countLine(file, one, exit))
  }
  console.log(`# ${files.length} files of ${dirname(first)} in ${seconds} s`)
  return sum(counted.values())
}

function sum(counts: Iterable<TestCount>): TestCount {
  const all = [...counts]
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    skipped: all.reduce((total, { skipped }) => total + skipped, 0),
    failures: all.flatMap(({ failures }) => failures)
  }
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}

function countLine(file: string, { passed, failures, skipped }: TestCount, { code, signal }: Exit): string {
  const counts = [`${passed} passed`]
  if (failures.length > 0) counts.push(`${failures.length} failed (${signal ?? `exit code ${code}`})`)
  if (skipped > 0) counts.push(`${skipped} skipped`)
  return `${failures.length > 0 ? 'not ok' : 'ok'} ${file}: ${counts.join(', ')}`
}

async function runAll({ groups, missing, jobs, timeoutSeconds }: Settings, shared: Environment): Promise<TestCount> {
  const given = { ...shared, TAP_BUNDLE: await bundleTap(cache) }
  const waiting = [...groups]
  const counted: TestCount[] = []
  const work = async (): Promise<void> => {
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) {
      counted.push(await runGroup(files, timeoutSeconds, given))
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  const failures = missing.map((pattern) => `${pattern}: no such file`)
  return sum([...counted, { passed: 0, skipped: 0, failures }])
}

async function runWithShared(given: Settings): Promise<TestCount> {
  if (given.shared === undefined) return runAll(given, {})
  const { startShared } = (await import(resolve(given.shared))) as { startShared: () => Promise<Shared> }
  let shared: Shared
  try {
    shared = await startShared()
  } catch (error) {
    console.error(error)
    return { passed: 0, skipped: 0, failures: [`${given.shared}: what the files share did not start`] }
  }
  const counted = await runAll(given, shared.environment)
  await shared.close()
  return counted
}

process.on('exit', () => running.forEach(endGroup))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

const { passed, skipped, failures } = await runWithShared(settings())
const problems = failures.map((path) => `not ok ${path}`)
let failed = failures.length
if (passed + failed === 0) {
  problems.push('no test ran')
  failed = 1
}
const skippedInCi = process.env['CI'] === 'true' && skipped > 0
if (skippedInCi) problems.push('in CI nothing may be skipped')
if (problems.length > 0) console.log(`\n${problems.join('\n')}`)
process.exitCode = failed > 0 || skippedInCi ? 1 : 0
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
