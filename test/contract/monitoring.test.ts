import t from 'tap'
import { alertNames } from '../../scripts/chart-values.ts'
import { filesBelow, textOf } from './tree.ts'

const sources = filesBelow('src')
  .filter((file) => file.endsWith('.ts'))
  .map(textOf)
  .join('\n')

/** What Prometheus makes of a histogram. */
const parts = /_(?:bucket|sum|count)$/

function isMeasured(metric: string): boolean {
  const name = metric.replace(parts, '')
  return (
    [name, name.replace('holdfast_', '')].some((written) => sources.includes(`'${written}'`)) ||
    sources.includes(`\`${name}\``)
  )
}

for (const file of ['deploy/chart/files/alerts.yaml', 'deploy/chart/files/dashboard.json']) {
  void t.test(`what ${file} asks for is measured`, (test) => {
    const metrics = new Set([...textOf(file).matchAll(/\bholdfast_[a-z_]+/g)].map(([metric]) => metric))
    test.ok(metrics.size > 3, `${metrics.size} metrics`)
    test.strictSame(
      [...metrics].filter((metric) => !isMeasured(metric)),
      []
    )
    test.end()
  })
}

void t.test('the chart can leave out every alert', (test) => {
  const alerts = [...textOf('deploy/chart/files/alerts.yaml').matchAll(/alert: (\w+)/g)].map(([, name]) => name)
  test.strictSame(alerts, [...alertNames])
  test.end()
})

void t.test('every alert that a page names is there', (test) => {
  const alerts = new Set(
    [...textOf('deploy/chart/files/alerts.yaml').matchAll(/alert: (\w+)/g)].map(([, name]) => name)
  )
  const named = filesBelow('docs')
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => [...textOf(file).matchAll(/`(Holdfast[A-Z]\w+)`/g)].map(([, name = '']) => name))
  test.ok(named.length > 0)
  test.strictSame(
    named.filter((name) => !alerts.has(name)),
    []
  )
  test.end()
})

void t.test('every alert has a runbook', (test) => {
  const headings = [...textOf('docs/runbooks.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name)
  test.strictSame(headings, [...alertNames])
  test.end()
})

void t.test('no panel asks for an interval that misses scrapes', (test) => {
  test.notMatch(textOf('deploy/chart/files/dashboard.json'), /\$__interval/)
  test.end()
})
