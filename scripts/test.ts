// Runs tap with the arguments given and closes with one line: `N passed, N failed`, and `, N skipped` where there are any.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

interface Totals {
  passed: number
  failed: number
  skipped: number
}

const tap = fileURLToPath(new URL('../node_modules/.bin/tap', import.meta.url))
const totalsLine = /^# \{ total: \d+.* \}$/

function count(line: string, name: string): number {
  return Number(new RegExp(` ${name}: (\\d+)`).exec(line)?.[1] ?? 0)
}

function toTotals(line: string): Totals {
  return {
    passed: count(line, 'pass'),
    failed: count(line, 'fail'),
    skipped: count(line, 'skip') + count(line, 'todo')
  }
}

function runTap(args: readonly string[]): Promise<{ code: number; totals: Totals }> {
  const child = spawn(process.execPath, [tap, '--reporter=tap', ...args], { stdio: ['inherit', 'pipe', 'inherit'] })
  let totals: Totals = { passed: 0, failed: 0, skipped: 0 }
  // Unindented, so of the run itself; a test may print such a line too, but the run prints the last.
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (totalsLine.test(line)) totals = toTotals(line)
    console.log(line)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, totals }))
  })
}

const { code, totals } = await runTap(process.argv.slice(2))
const nothing = totals.passed + totals.failed === 0
const skippedInCi = process.env['CI'] === 'true' && totals.skipped > 0
if (nothing) console.error('no test ran')
if (skippedInCi) console.error('in CI nothing may be skipped')
process.exitCode = code !== 0 ? code : nothing || skippedInCi ? 1 : 0
// A run that failed by something else than a test, such as a file that does not load, has failed all the same.
const failed = code !== 0 ? Math.max(totals.failed, 1) : totals.failed
console.log(`${totals.passed} passed, ${failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`)
