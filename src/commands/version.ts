import type { RunCommand } from './command.ts'
import { versionLine } from './own-version.ts'
import { parseCommandFlags } from './process/command-flags.ts'

export const run: RunCommand = async ({ args }) => {
  const flags = parseCommandFlags(args, [{ name: 'help', description: 'print this help' }], () => help)
  if (flags !== undefined) console.log(versionLine)
  return 0
}

const help = `Prints the version.

Usage: holdfast version`
