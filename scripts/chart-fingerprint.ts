import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is rendered with the default values depends on these alone. */
const inputs = /^(?:Chart\.yaml|values\.yaml|templates\/.*\.(?:yaml|tpl))$/

/** Stands for what `deploy/install.yaml` is rendered from, so that a forgotten rendering shows without Helm. */
export function chartFingerprint(root: string): string {
  const chart = join(root, 'deploy/chart')
  const names = readdirSync(chart, { recursive: true, encoding: 'utf8' })
  const hash = createHash('sha256')
  for (const name of names.filter((one) => inputs.test(one)).toSorted()) {
    hash.update(`${name}\0${readFileSync(join(chart, name), 'utf8')}\0`)
  }
  return hash.digest('hex').slice(0, 16)
}
