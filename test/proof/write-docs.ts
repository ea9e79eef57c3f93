// Writes the tables of docs/proof/README.md and its chart from the figures beside them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chartOf, figuresOf, withFigures } from './document.ts'
import type { Report } from './report.ts'

const folder = join(import.meta.dirname, '../../docs/proof')
const page = join(folder, 'README.md')

let text = readFileSync(page, 'utf8')
for (const name of ['results', 'settings']) {
  const report = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Report
  text = withFigures(text, name, figuresOf(report))
  if (name === 'results') writeFileSync(join(folder, 'failures.svg'), chartOf(report))
}
writeFileSync(page, text)
