import { parseArgs } from 'node:util'
import { type Case, cases } from './cases.ts'
import type { Wanted } from './plan.ts'
import { settings as settingsCases } from './settings.ts'

/** The cases; Holdfast itself as pods; what a kubelet does, and a failure on purpose. */
export type Part = 'cases' | 'own' | 'crash'

export interface Options extends Wanted {
  readonly parts: readonly Part[]
  /** Where the figures go as JSON, or undefined. */
  readonly json: string | undefined
  /** Installs the Debian packages that are missing. */
  readonly install: boolean
}

/** A command line that means nothing: all that is wrong with it, one line each. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const flags = {
  short: { type: 'boolean' },
  settings: { type: 'boolean' },
  repetitions: { type: 'string' },
  case: { type: 'string' },
  own: { type: 'boolean' },
  json: { type: 'string' },
  install: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' }
} as const

type Flag = keyof typeof flags

const exclusive: readonly (readonly [Flag, Flag])[] = [
  ['short', 'settings'],
  ['short', 'repetitions'],
  ['own', 'short'],
  ['own', 'settings'],
  ['own', 'case'],
  ['own', 'repetitions']
]

export const usage = `Usage: npm run proof -- [flags]

  --short            one repetition of a few cases, what a kubelet does, and a failure on purpose: about four minutes
  --repetitions <n>  how often each case runs, 1 to 50 (default 5)
  --case <id>        only this case; may be given several times
                     (${idsOf(cases).join(', ')})
  --settings         what settings of the remedies are worth, instead of the remedies
                     (--case: ${idsOf(settingsCases).join(', ')})
  --json <file>      write the figures to this file too
  --own              only Holdfast itself, as pods of the node
  --install          install the Debian packages that are missing
  --help             print this`

/** Reads the command line. Undefined where it asks for help. Throws a UsageError. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { tokens } = parseArgs({ args, options: flags, strict: false, allowPositionals: true, tokens: true })
  const given = (flag: Flag) => tokens.filter((token) => token.kind === 'option' && token.name === flag)
  const has = (flag: Flag): boolean => given(flag).length > 0
  const values = (flag: Flag): readonly string[] => given(flag).flatMap((token) => valueOf(token) ?? [])
  if (has('help')) return undefined
  const [short, settings, own, only] = [has('short'), has('settings'), has('own'), values('case')]
  const [repetitions = '5', json] = [values('repetitions').at(-1), values('json').at(-1)]
  const problems = [
    ...tokens.flatMap(problemOf),
    ...exclusive.filter((pair) => pair.every(has)).map(([one, other]) => `--${one} and --${other} exclude each other`),
    ...only.flatMap((id) => problemOfCase(id, settings)),
    ...(/^(?:[1-9]|[1-4]\d|50)$/.test(repetitions) ? [] : [`--repetitions: ${repetitions} is not from 1 to 50`])
  ]
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  const parts = partsOf({ short, own, some: settings || only.length > 0 })
  const install = has('install')
  return { parts, short, settings, repetitions: short ? 1 : Number(repetitions), only, json, install }
}

interface Token {
  readonly kind: string
  readonly name?: string
  readonly rawName?: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

/** What stands after a flag; not the next flag. */
function valueOf({ value, inlineValue }: Token): string | undefined {
  return value === '' || (inlineValue === false && value?.startsWith('-')) ? undefined : value
}

function problemOf(token: Token): readonly string[] {
  const { kind, name = '', rawName, value } = token
  if (kind === 'positional') return [`${value}: only flags are expected`]
  if (kind !== 'option') return []
  if (!isFlag(name)) return [`${rawName}: there is no such flag`]
  if (flags[name].type === 'string') return valueOf(token) === undefined ? [`${rawName}: needs a value`] : []
  return value === undefined ? [] : [`${rawName}: takes no value`]
}

function isFlag(name: string): name is Flag {
  return Object.hasOwn(flags, name)
}

function problemOfCase(id: string, settings: boolean): readonly string[] {
  const [there, elsewhere] = settings ? [settingsCases, cases] : [cases, settingsCases]
  if (idsOf(there).includes(id)) return []
  if (idsOf(elsewhere).includes(id)) return [`--case: ${id} is ${settings ? 'not one' : 'one'} of --settings`]
  return [`--case: there is no ${id}; there are ${idsOf(there).join(', ')}`]
}

function idsOf(list: readonly Case[]): readonly string[] {
  return list.map(({ id }) => id)
}

function partsOf({ short, own, some }: { short: boolean; own: boolean; some: boolean }): readonly Part[] {
  if (own) return ['own']
  if (some) return ['cases']
  return short ? ['cases', 'crash'] : ['cases', 'own', 'crash']
}
