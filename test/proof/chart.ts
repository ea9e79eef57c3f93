import { median } from '../../bench/median.ts'
import type { Variant } from './cases.ts'
import { totalOf } from './load.ts'
import type { Measured } from './measure.ts'
import { failedOf, runsOf } from './table.ts'

export interface Panel {
  readonly case: string
  readonly title: string
}

const width = 860
const margin = { left: 64, right: 24 }
const panel = { height: 250, top: 62, plot: 130 }
const colours: Readonly<Record<'without' | 'with', string>> = { without: '#c2410c', with: '#1d4ed8' }
const secondsBefore = 2

/** Failed requests per second, without Holdfast and with it: one panel for each case, one bar for each second, all on one time axis. */
export function drawChart(measured: readonly Measured[], panels: readonly Panel[]): string {
  const drawn = panels.filter((one) => measured.some((run) => run.case === one.case))
  const seconds = Math.max(...measured.map(lastSecond), 1) + 1
  const height = drawn.length * panel.height + 30
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" fill="#1f2937">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...drawn.flatMap((one, index) => drawPanel(measured, one, index * panel.height, seconds)),
    `<text x="${width / 2}" y="${height - 10}" text-anchor="middle">seconds since it began</text>`,
    '</svg>\n'
  ].join('\n')
}

function lastSecond({ seconds, action: [began] }: Measured): number {
  return Math.ceil(seconds - began)
}

function drawPanel(measured: readonly Measured[], one: Panel, top: number, seconds: number): readonly string[] {
  const kinds = ['without', 'with'] as const
  const series = kinds.map((variant) => perSecond(runsOf(measured, one.case, variant), seconds))
  const most = Math.max(...series.flat(), 1)
  const step = (width - margin.left - margin.right) / (seconds + secondsBefore)
  const x = (second: number): number => margin.left + (second + secondsBefore) * step
  const bottom = top + panel.top + panel.plot
  const bars = series.flatMap((values, kind) =>
    values.flatMap((value, index) => {
      const size = Math.round((value / most) * panel.plot * 10) / 10
      const place = x(index - secondsBefore) + 1 + (kind * (step - 2)) / 2
      const [left, up, across] = [place.toFixed(1), (bottom - size).toFixed(1), (step / 2 - 1).toFixed(1)]
      const fill = colours[kind === 0 ? 'without' : 'with']
      return value === 0 ? [] : [`<rect x="${left}" y="${up}" width="${across}" height="${size}" fill="${fill}"/>`]
    })
  )
  return [
    `<text x="${margin.left}" y="${top + 22}" font-size="15" font-weight="bold">${one.title}</text>`,
    ...kinds.map((variant, kind) =>
      legend(runsOf(measured, one.case, variant), variant, margin.left + kind * 380, top + 44)
    ),
    ...axes(x, bottom, most, seconds),
    ...bars,
    ...kinds.map((variant, kind) => span(runsOf(measured, one.case, variant), variant, x, bottom + 24 + kind * 8))
  ]
}

/** The mean of the runs for each second, from a little before the action on. */
function perSecond(runs: readonly Measured[], seconds: number): readonly number[] {
  const sums = Array<number>(seconds + secondsBefore).fill(0)
  for (const {
    failures,
    action: [began]
  } of runs) {
    for (const [second, tally] of Object.entries(failures)) {
      const at = Math.max(0, Math.round(Number(second) - began) + secondsBefore)
      sums[at] = (sums[at] ?? 0) + totalOf(tally)
    }
  }
  return sums.map((sum) => sum / Math.max(runs.length, 1))
}

function legend(runs: readonly Measured[], variant: Variant, x: number, y: number): string {
  const fill = colours[variant === 'with' ? 'with' : 'without']
  const sent = Math.round(median(runs.map((run) => run.sent)))
  const text = `${variant === 'with' ? 'with' : 'without'} Holdfast: ${failedOf(runs)} of some ${sent} failed`
  return `<rect x="${x}" y="${y - 10}" width="10" height="10" fill="${fill}"/><text x="${x + 16}" y="${y}">${text}</text>`
}

function axes(x: (second: number) => number, bottom: number, most: number, seconds: number): readonly string[] {
  const ticks = Array.from({ length: Math.floor(seconds / 5) + 1 }, (_, index) => index * 5)
  const top = bottom - panel.plot
  return [
    `<line x1="${margin.left}" y1="${bottom}" x2="${width - margin.right}" y2="${bottom}" stroke="#6b7280"/>`,
    `<text x="${margin.left - 8}" y="${top + 5}" text-anchor="end">${Math.round(most)}/s</text>`,
    `<text x="${margin.left - 8}" y="${bottom}" text-anchor="end">0</text>`,
    ...ticks.map(
      (second) => `<text x="${x(second).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${second}</text>`
    )
  ]
}

/** How long the action took. */
function span(
  runs: readonly Measured[],
  variant: 'without' | 'with',
  x: (second: number) => number,
  y: number
): string {
  const took = median(runs.map(({ action: [began, ended] }) => ended - began))
  const [from, to] = [x(0).toFixed(1), x(took).toFixed(1)]
  return `<line x1="${from}" y1="${y}" x2="${to}" y2="${y}" stroke="${colours[variant]}" stroke-width="4"/>`
}
