import { drawChart } from './chart.ts'
import type { Report } from './report.ts'
import { failureTable, ownTable } from './table.ts'

const panels = [
  { case: 'restart-slow', title: 'Rolling restart of three replicas that listen 2 s after their start' },
  { case: 'drain-slower', title: 'Drain of three replicas that listen 10 s after their start' }
]

export function chartOf({ runs }: Report): string {
  return drawChart(
    runs.filter((run) => panels.some((one) => one.case === run.case)),
    panels
  )
}

/** Machine and table, as they stand in the documentation. */
export function figuresOf({ taken, machine, runs }: Report): string {
  const head = Object.entries({
    taken,
    ...machine,
    repetitions: String(Math.max(...runs.map((run) => run.repetition)))
  })
  const wide = Math.max(...head.map(([name]) => name.length))
  const lines = head.map(([name, value]) => `${name.padEnd(wide)}  ${value}`)
  return `\`\`\`text\n${lines.join('\n')}\n\`\`\`\n\n${failureTable(runs)}`
}

/** The page with all that stands in it of two reports: on the remedies and Holdfast itself, and on the settings of the remedies. */
export function pageWith(text: string, results: Report, settings: Report): string {
  const own = results.own.length === 0 ? '' : ownTable(results.own)
  const tables = { results: figuresOf(results), own, settings: figuresOf(settings) }
  return Object.entries(tables).reduce((page, [name, figures]) => withFigures(page, name, figures), text)
}

/** The text with what stands between the marks of this name replaced. Throws where there are none. */
export function withFigures(text: string, name: string, figures: string): string {
  const [begin, end] = [`<!-- ${name}: written by npm run proof:docs -->\n`, `<!-- end of ${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`there is no place for ${name}`)
  return `${text.slice(0, from + begin.length)}${figures}\n${text.slice(to)}`
}
