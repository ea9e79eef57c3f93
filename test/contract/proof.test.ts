import t from 'tap'
import { cases } from '../proof/cases.ts'
import { chartOf, pageWith } from '../proof/document.ts'
import type { Report } from '../proof/report.ts'
import { textOf } from './tree.ts'

const folder = 'docs/proof'
const results = JSON.parse(textOf(`${folder}/results.json`)) as Report
const settings = JSON.parse(textOf(`${folder}/settings.json`)) as Report

void t.test('what is said to be measured is what was measured: npm run proof:docs writes it', (test) => {
  const page = textOf(`${folder}/README.md`)
  test.equal(pageWith(page, results, settings), page)
  test.equal(chartOf(results), textOf(`${folder}/failures.svg`))
  test.end()
})

void t.test('the promise of README is kept by the figures', (test) => {
  const spoiled = results.runs.filter(({ variant, failed }) => variant === 'with' && failed > 0)
  const allowed = new Set(cases.filter(({ allows }) => allows !== undefined).map(({ id }) => id))
  test.strictSame(
    spoiled.filter((run) => !allowed.has(run.case)),
    []
  )
  test.ok(results.own.length > 0)
  test.strictSame(
    results.own.filter(({ failed }) => failed > 0),
    []
  )
  test.end()
})
