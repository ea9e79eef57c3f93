// Writes a policy that requires next to nothing, with its test and its page, adds it to the list of policies, and runs npm run schema.
// Its author then writes into the three files what is required.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { latestVersion } from '../src/engine/version.ts'
import { parseArguments, usage, WrongUse } from './new-policy/arguments.ts'
import { listWith, nameOf } from './new-policy/list.ts'

const list = 'src/policies/index.ts'

try {
  const wanted = parseArguments(process.argv.slice(2))
  console.log(wanted.help ? usage : addPolicy(wanted.id, wanted.after))
} catch (err) {
  if (!(err instanceof WrongUse)) throw err
  console.error(`new:policy: ${err.message}\n\n${usage}`)
  process.exitCode = 2
}

/** Returns what its author should be told. */
function addPolicy(id: string, after?: string): string {
  const files = filesOf(id)
  for (const [file] of files) if (existsSync(file)) throw new WrongUse(`${id} is taken: ${file} exists`)
  const longer = listWith(read(list), id, after)
  if (longer === undefined) throw new WrongUse(`--after ${after}: no such policy in ${list}`)
  for (const [file, template] of files) writeFileSync(file, filled(read(template), id), { flag: 'wx' })
  writeFileSync(list, longer)
  const { status } = spawnSync(process.execPath, ['scripts/schema.ts'], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${id} is written, but npm run schema failed`)
  return `Added ${nameOf(id)} to ${list}, and ran npm run schema.
It requires next to nothing yet. Write what it is for into these files:

${files.map(([file]) => `  ${file}`).join('\n')}

CONTRIBUTING.md has the recipe: "Adding a policy".`
}

/** The files that an author edits, each with its template. */
function filesOf(id: string): readonly (readonly [string, string])[] {
  return [
    [`src/policies/${id}.ts`, 'scripts/new-policy/policy.ts.txt'],
    [`test/policies/${id}.test.ts`, 'scripts/new-policy/policy.test.ts.txt'],
    [`docs/policies/${id}.md`, 'scripts/new-policy/policy.md.txt']
  ]
}

function filled(template: string, id: string): string {
  return template.replaceAll('{{id}}', id).replaceAll('{{name}}', nameOf(id)).replaceAll('{{since}}', latestVersion)
}

function read(file: string): string {
  return readFileSync(file, 'utf8')
}
