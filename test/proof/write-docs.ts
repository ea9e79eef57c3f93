// Writes the tables of docs/proof/README.md and its chart from the figures beside them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chartOf, pageWith } from './document.ts'
import type { Report } from './report.ts'

const folder = join(import.meta.dirname, '../../docs/proof')
const page = join(folder, 'README.md')

function read(name: string): Report {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Report
}

const results = read('results.json')
writeFileSync(page, pageWith(readFileSync(page, 'utf8'), results, read('settings.json')))
writeFileSync(join(folder, 'failures.svg'), chartOf(results))
