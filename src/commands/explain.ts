import { parseFlags } from '../config/flags.ts'
import { didYouMean } from '../engine/nearest.ts'
import { ConfigError } from '../config/problems.ts'
import { policies } from '../policies/index.ts'
import type { RunCommand } from './command.ts'
import { helpFlag } from './look/look-flags.ts'
import { type Outside, processOutside } from './look/outside.ts'
import { pageOf } from './policy-page.ts'

export const run: RunCommand = async ({ args, environment }) => {
  const { values, positionals } = parseFlags(args, [helpFlag])
  const outside = processOutside(environment)
  if (values.has('help')) {
    await outside.write(`${help()}\n`)
    return 0
  }
  const [policy, ...others] = positionals
  if (policy === undefined || others.length > 0) throw new ConfigError(['holdfast explain: name one policy'])
  return explain(policy, outside)
}

/** Prints the page of a policy. Throws ConfigError if there is no such policy. */
export async function explain(policy: string, { write }: Pick<Outside, 'write'>): Promise<number> {
  const ids = policies.map(({ id }) => id)
  if (!ids.includes(policy)) {
    const near = didYouMean(policy, ids)
    throw new ConfigError([`${policy}: no such policy${near === '' ? '; holdfast explain --help lists them' : near}`])
  }
  await write(withoutComments(pageOf(policy)))
  return 0
}

/** Without the lines that tell what is generated. */
function withoutComments(page: string): string {
  return page.replaceAll(/^<!--.*-->\n/gm, '')
}

function help(): string {
  const width = Math.max(...policies.map(({ id }) => id.length))
  return `Prints the page of a policy: why it is there, what it finds, and what to write instead.

Usage: holdfast explain <policy>

Example:
  holdfast explain readiness-probe

Policies:
${policies.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}`).join('\n')}`
}
