import { parseArgs } from 'node:util'
import { cases } from './cases.ts'
import type { Wanted } from './plan.ts'
import { settings as settingsCases } from './settings.ts'

/** The cases; Holdfast itself as pods; a failure on purpose. */
export type Part = 'cases' | 'own' | 'crash'

export interface Options extends Wanted {
  readonly parts: readonly Part[]
  /** Where the figures go as JSON, or undefined. */
  readonly json: string | undefined
  /** Installs the Debian packages that are missing. */
  readonly install: boolean
}

const ids = [...cases, ...settingsCases].map(({ id }) => id)

export const usage = `Usage: npm run proof -- [flags]

  --short            one repetition of a few cases, and a failure on purpose: about three minutes
  --repetitions <n>  how often each case runs, 1 to 50 (default 5)
  --case <id>        only this case; may be given several times
                     (${cases.map(({ id }) => id).join(', ')})
  --settings         what settings of the remedies are worth, instead of the remedies
  --json <file>      write the figures to this file too
  --own              only Holdfast itself, as pods of the node
  --install          install the Debian packages that are missing
  --help             print this`

/** Reads the command line. Undefined where it asks for help. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      settings: { type: 'boolean', default: false },
      repetitions: { type: 'string', default: '5' },
      case: { type: 'string', multiple: true, default: [] },
      own: { type: 'boolean', default: false },
      json: { type: 'string' },
      install: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false }
    }
  })
  if (values.help) return undefined
  const { short, settings, own, json, install, case: only } = values
  const unknown = only.find((id) => !ids.includes(id))
  if (unknown !== undefined) throw new Error(`--case: there is no ${unknown}; there are ${ids.join(', ')}`)
  const repetitions = Number(values.repetitions)
  if (!Number.isInteger(repetitions) || repetitions < 1 || repetitions > 50) {
    throw new Error(`--repetitions: ${values.repetitions} is not a whole number from 1 to 50`)
  }
  const parts = partsOf({ short, own, some: settings || only.length > 0 })
  return { parts, short, settings, repetitions: short ? 1 : repetitions, only, json, install }
}

function partsOf({ short, own, some }: { short: boolean; own: boolean; some: boolean }): readonly Part[] {
  if (own) return ['own']
  if (some) return ['cases']
  return short ? ['cases', 'crash'] : ['cases', 'own', 'crash']
}
