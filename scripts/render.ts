// Renders deploy/install.yaml from the chart, with Helm. With --check it writes nothing and fails where the two differ.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderInstall } from './render-install.ts'

const target = join(import.meta.dirname, '../deploy/install.yaml')
const text = renderInstall()
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('deploy/install.yaml differs from what the chart renders; npm run render writes it')
    process.exitCode = 1
  }
} else {
  writeFileSync(target, text)
}
