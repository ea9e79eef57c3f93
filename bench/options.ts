import { parseArgs } from 'node:util'
import { program } from './launch.ts'
import { type NetworkName, networks } from './network.ts'

const targets = ['webhook', 'lint', 'scan', 'peers', 'soak'] as const
type Target = (typeof targets)[number]

export interface Options {
  target: Target
  network: NetworkName
  /** Too short to hold anything against: shows only that all of it works. */
  smoke: boolean
  /** How long each case runs in each round. */
  seconds: number
  rounds: number
  /** How long each server is under load where its memory is measured. */
  minutes: number
  warmUpSeconds: number
  /** How often a sample is taken again at most where something else had the core. */
  retries: number
  /** Rounds of the measurement in process. */
  policyRounds: number
  /** Where the figures go as JSON, or undefined. */
  json: string | undefined
  /** The program that is measured. */
  main: string
}

export const usage = `Usage: npm run bench -- [lint | scan | peers | soak] [flags]

Measures the webhook; with \`lint\` or \`scan\` the command of that name, for which only --rounds, --smoke and --main count;
with \`peers\` the engines of other webhooks on the same review, for which only --smoke counts;
with \`soak\` the memory of the webhook under unbroken load, for which only --minutes, --smoke and --main count.

  --seconds <n>     how long each case runs in each round, 1 to 60 (default 3)
  --rounds <n>      how many rounds, of which the median is taken, 1 to 50 (default 5)
  --minutes <n>     how long the load of \`soak\` goes on, for each server, 1 to 60 (default 10)
  --network <name>  loopback, or veth: a pair between two network namespaces, which needs root (default loopback)
  --smoke           one round of one second (\`soak\`: one second of load): shows that all of it works, says nothing about speed
  --json <file>     write the figures to this file too
  --main <file>     the program to measure (default ${program})
  --help            print this`

function whole(name: string, text: string, maximum: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > maximum) {
    throw new Error(`--${name}: ${text} is not a whole number from 1 to ${maximum}`)
  }
  return value
}

/** Reads the command line. Undefined where it asks for help. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      minutes: { type: 'string', default: '10' },
      smoke: { type: 'boolean', default: false },
      network: { type: 'string', default: 'loopback' },
      json: { type: 'string' },
      main: { type: 'string', default: program },
      help: { type: 'boolean', short: 'h', default: false }
    }
  })
  if (values.help) return undefined
  const [target = 'webhook', ...rest] = positionals
  if (!oneOf(targets, target) || rest.length > 0) {
    throw new Error(`${positionals.join(' ')}: not lint, scan, peers or soak`)
  }
  const { network, json, main, smoke } = values
  if (!oneOf(networks, network)) throw new Error(`--network: ${network} is not one of ${networks.join(', ')}`)
  if (network !== 'loopback' && target !== 'webhook')
    throw new Error('--network: applies only to the benchmark of the webhook')
  if (json !== undefined && target !== 'webhook')
    throw new Error('--json: applies only to the benchmark of the webhook')
  const seconds = smoke ? 1 : whole('seconds', values.seconds, 60)
  const rounds = smoke ? 1 : whole('rounds', values.rounds, 50)
  const minutes = smoke ? 1 : whole('minutes', values.minutes, 60)
  const effort = smoke
    ? { warmUpSeconds: 0, retries: 0, policyRounds: 2 }
    : { warmUpSeconds: 2, retries: 3, policyRounds: 40 }
  return { target, network, smoke, seconds, rounds, minutes, ...effort, json, main }
}

function oneOf<T extends string>(names: readonly T[], name: string): name is T {
  return names.some((one) => one === name)
}
