import manifest from '../../package.json' with { type: 'json' }
import { parseFlags } from '../config/flags.ts'
import { refusePositionals } from './arguments.ts'
import type { RunCommand } from './command.ts'

const flags = [{ name: 'help', description: 'print this' }]

export const run: RunCommand = async ({ args }) => {
  const parsed = parseFlags(args, flags)
  refusePositionals(parsed)
  console.log(
    parsed.values.has('help') ? 'Prints the version.\n\nUsage: holdfast version' : `holdfast ${manifest.version}`
  )
  return 0
}
