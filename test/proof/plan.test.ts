import t from 'tap'
import { cases } from './cases.ts'
import { plan } from './plan.ts'
import { settings } from './settings.ts'

const all = { settings: false, short: false, repetitions: 1, only: [] }

void t.test('every case is measured without Holdfast and with it', (test) => {
  const planned = plan(all).map(({ case: { id }, variant }) => `${id} ${variant}`)
  for (const { id } of cases) for (const variant of ['without', 'with']) test.ok(planned.includes(`${id} ${variant}`))
  test.equal(new Set(planned).size, planned.length, 'once each')
  test.end()
})

void t.test('each remedy is switched off in some case', (test) => {
  const variants = new Set(plan(all).map(({ variant }) => variant))
  test.strictSame(variants, new Set(['without', 'with', 'no-probe', 'no-sleep', 'no-budget']))
  test.end()
})

void t.test('variants take turns, and each repetition begins with another', (test) => {
  const planned = plan({ ...all, repetitions: 2, only: ['drain-slow'] })
  test.strictSame(
    planned.map(({ variant, repetition }) => `${variant} ${repetition}`),
    ['without 1', 'with 1', 'with 2', 'without 2']
  )
  test.end()
})

void t.test('the short form measures few things once', (test) => {
  const planned = plan({ ...all, short: true })
  test.ok(planned.length < 8)
  test.ok(new Set(planned.map(({ variant }) => variant)).size > 2)
  test.end()
})

void t.test('ids are given once', (test) => {
  const ids = [...cases, ...settings].map(({ id }) => id)
  test.equal(new Set(ids).size, ids.length)
  test.strictSame(
    plan({ ...all, settings: true }).map(({ case: { id } }) => id),
    settings.map(({ id }) => id)
  )
  test.end()
})
