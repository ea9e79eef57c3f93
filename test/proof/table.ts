import { median } from '../../bench/median.ts'
import { type Column, toTable } from '../../bench/table.ts'
import { type Case, cases, type Variant, variants } from './cases.ts'
import type { Measured } from './measure.ts'
import type { Phase } from './own/phases.ts'
import { settings } from './settings.ts'

export const variantTitles: Readonly<Record<Variant, string>> = {
  without: 'without Holdfast',
  with: 'with Holdfast',
  'no-probe': 'but no probe',
  'no-sleep': 'but no sleep',
  'no-budget': 'but no budget'
}

/** One run in one line. */
export function lineOf({
  case: id,
  variant,
  repetition,
  sent,
  failed,
  kinds,
  action: [began, ended]
}: Measured): string {
  const how = Object.entries(kinds).map(([kind, count]) => `${count} ${kind}`)
  const detail = how.length === 0 ? '' : `: ${how.join(', ')}`
  const took = `${(ended - began).toFixed(0)} s`
  return `${id} (${repetition}), ${variantTitles[variant]}: ${failed} of ${sent} failed in ${took}${detail}`
}

export function runsOf(measured: readonly Measured[], id: string, variant: Variant): readonly Measured[] {
  return measured.filter((one) => one.case === id && one.variant === variant)
}

/** The median, and the extremes where they differ from it. */
export function failedOf(runs: readonly Measured[]): string {
  if (runs.length === 0) return ''
  const failed = runs.map((run) => run.failed)
  const [least, most] = [Math.min(...failed), Math.max(...failed)]
  const middle = Math.round(median(failed))
  return least === most ? String(middle) : `${middle} (${least}–${most})`
}

function lasted(runs: readonly Measured[]): string {
  return runs.length === 0 ? '' : median(runs.map(({ action: [began, ended] }) => ended - began)).toFixed(0)
}

/** Failed requests, case by case: Markdown that lines up as plain text too. */
export function failureTable(measured: readonly Measured[]): string {
  const shown = [...cases, ...settings].filter(({ id }) => measured.some((one) => one.case === id))
  const present = variants.filter((variant) => measured.some((one) => one.variant === variant))
  const timed = present.filter((variant) => variant === 'without' || variant === 'with')
  const columns: Column<Case>[] = [
    { head: 'what is done', cell: ({ title }) => title },
    ...present.map((variant) => column(variantTitles[variant], variant, failedOf)),
    ...timed.map((variant) => column(variant === 'with' ? 's with' : 's', variant, lasted))
  ]
  return toTable(columns, shown)

  function column(head: string, variant: Variant, show: (runs: readonly Measured[]) => string): Column<Case> {
    return { head, cell: ({ id }) => show(runsOf(measured, id, variant)) }
  }
}

/** What became of admission calls while something was done to Holdfast itself. */
export function ownTable(phases: readonly Phase[]): string {
  const notMade: Column<Phase> = { head: 'not made', cell: ({ skipped }) => String(skipped) }
  const columns: Column<Phase>[] = [
    { head: 'what is done to Holdfast', cell: ({ what }) => what },
    { head: 'calls', cell: ({ calls }) => String(calls) },
    { head: 'failed', cell: ({ failed }) => String(failed) },
    ...(phases.some(({ skipped }) => skipped > 0) ? [notMade] : []),
    { head: 'slowest ms', cell: ({ slowestMs }) => String(slowestMs) },
    { head: 's', cell: ({ seconds }) => seconds.toFixed(0) }
  ]
  return toTable(columns, phases)
}
