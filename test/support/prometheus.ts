import { spawnSync } from 'node:child_process'
import type { Test } from 'tap'

/** Whether Prometheus is installed; otherwise the file is skipped, and in CI that is a failure. */
export function hasPrometheus(t: Test): boolean {
  const missing = ['prometheus', 'promtool'].filter((name) => spawnSync(name, ['--version']).error !== undefined)
  if (missing.length === 0) return true
  const reason = `there is no ${missing.join(' and no ')}: apt-get install --no-install-recommends prometheus`
  if (process.env['CI'] === 'true') throw new Error(`the tests of the metrics must run here, but cannot: ${reason}`)
  process.stderr.write(`\n*** THE TESTS OF THE METRICS ARE SKIPPED: ${reason}\n\n`)
  t.plan(0, reason)
  return false
}
