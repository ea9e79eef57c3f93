import { parseFlags, refusePositionals } from '../config/flags.ts'
import type { RunCommand } from './command.ts'
import { versionLine } from './manifest.ts'

const help = `Prints the version.

Usage: holdfast version`

export const run: RunCommand = async ({ args }) => {
  const flags = parseFlags(args, [{ name: 'help', description: 'print this' }])
  refusePositionals(flags)
  console.log(flags.values.has('help') ? help : versionLine)
  return 0
}
