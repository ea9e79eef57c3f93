import { longestPolicyId } from '../../src/engine/api.ts'
import { parseArgs } from 'node:util'

export const usage = `Usage: npm run new:policy -- <id> [--after <id>]

Writes src/policies/<id>.ts, test/policies/<id>.test.ts and docs/policies/<id>.md, adds the policy to
src/policies/index.ts, at the end or after another, and runs npm run schema. Nothing is overwritten.

The id says what is required, in kebab-case: min-replicas, pre-stop-sleep.

Exit codes: 0 done, 1 failed, 2 the command line is wrong.`

/** What the command line asks for is not possible; the message says why. */
export class WrongUse extends Error {}

export type Wanted = { help: true } | { help: false; id: string; after: string | undefined }

/** As the registry has it, but two words at least: one alone may be a word of the language. */
const kebab = /^[a-z]+(?:-[a-z]+)+$/

/** Reads the command line. Throws WrongUse. */
export function parseArguments(args: readonly string[]): Wanted {
  const { values, positionals } = parsed(args)
  if (values.help === true) return { help: true }
  const [id, ...others] = positionals
  if (id === undefined) throw new WrongUse('the id of the policy is missing')
  if (others.length > 0) throw new WrongUse(`one id at a time, not ${positionals.join(' ')}`)
  if (!kebab.test(id)) throw new WrongUse(`${JSON.stringify(id)} is not an id: write two or more words in kebab-case`)
  if (id.length > longestPolicyId)
    throw new WrongUse(`${id} has ${id.length} characters: at most ${longestPolicyId} are allowed`)
  return { help: false, id, after: values.after }
}

function parsed(args: readonly string[]) {
  const options = { help: { type: 'boolean', short: 'h' }, after: { type: 'string' } } as const
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (err) {
    const [fault = ''] = (err instanceof Error ? err.message : String(err)).split('. ')
    throw new WrongUse(fault, { cause: err })
  }
}
