import { parseArgs } from 'node:util'
import { program } from '../../bench/launch.ts'
import { attacks } from './attack/attacks.ts'

export const parts = ['reviews', 'shapes', 'http', 'attacks'] as const
export type Part = (typeof parts)[number]

export interface Options {
  only: readonly Part[]
  /** Of reviews; a hundredth of it of spoilt calls over HTTP. */
  count: number
  seed: number
  /** Where the reviews begin, as a failure prints it. */
  path: string | undefined
  /** The program that is attacked. */
  main: string
}

export const usage = `Usage: npm run fuzz -- [flags]

  --only <part>   one of ${parts.join(', ')}; may be repeated (default all, some minutes)
  --attack        the same as --only attacks
  --count <n>     how many reviews (default 30000), and a hundredth as many calls over HTTP
  --seed <n>      where chance begins (default the time); the same seed sends the same
  --path <path>   with --seed: the one case that a failure named
  --main <file>   the program to attack (default ${program})
  --help          print this

The attacks are ${Object.keys(attacks).join(', ')}.`

function whole(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value)) throw new Error(`--${name}: ${text} is not a whole number`)
  return value
}

/** Reads the command line. Undefined where it asks for help. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      attack: { type: 'boolean', default: false },
      count: { type: 'string', default: '30000' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      path: { type: 'string' },
      main: { type: 'string', default: program },
      help: { type: 'boolean', short: 'h', default: false }
    }
  })
  if (values.help) return undefined
  const named = values.attack ? [...values.only, 'attacks'] : values.only
  const unknown = named.find((name) => !parts.some((part) => part === name))
  if (unknown !== undefined) throw new Error(`--only: ${unknown} is none of ${parts.join(', ')}`)
  const only = named.length === 0 ? parts : parts.filter((part) => named.includes(part))
  const { path, main } = values
  return { only, count: whole('count', values.count), seed: whole('seed', values.seed), path, main }
}
