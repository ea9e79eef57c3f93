import t from 'tap'
import { chartOf, pageWith } from '../proof/document.ts'
import { ownVerdicts } from '../proof/own/verdicts.ts'
import { plan } from '../proof/plan.ts'
import type { Report } from '../proof/report.ts'
import { settings as cases } from '../proof/settings.ts'
import { verdicts } from '../proof/verdicts.ts'
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

void t.test('the figures are whole, and hold what is promised', (test) => {
  const repetitions = Math.max(...results.runs.map((run) => run.repetition))
  test.ok(repetitions >= 3)
  const planned = plan({ settings: false, short: false, repetitions, only: [] })
  const broken = [...verdicts(planned, results.runs), ...ownVerdicts(results.own)].filter(({ holds }) => !holds)
  test.strictSame(broken, [])
  test.end()
})

void t.test('every setting was measured', (test) => {
  const measured = new Set(settings.runs.map((run) => run.case))
  test.strictSame(
    cases.filter(({ id }) => !measured.has(id)),
    []
  )
  test.end()
})
