// Bytes that one review allocates, by kind. Unlike time they are nearly the same in every run and on every machine, so a test holds them
// against bench/allocations.json. `--write` records them there; without it they are printed as JSON.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getHeapStatistics } from 'node:v8'
import { evaluate } from '../src/engine/evaluate.ts'
import { buildRuleset } from '../src/engine/ruleset.ts'
import { policies } from '../src/policies/index.ts'
import { admit } from './in-process.ts'
import { keepCluster } from './kept-cluster.ts'
import { measuredKinds, objectsFrom, subjectOf } from './policy-sets.ts'
import { buildReviews } from './review.ts'

/** Bytes by what is done. */
export type Allocations = Readonly<Record<string, number>>

export const recordFile = join(import.meta.dirname, 'allocations.json')
const warmUp = 300
const counted = 100
/** No compiler, whose work depends on the time; and room enough that nothing is collected while bytes are counted. */
const flags = ['--predictable', '--no-opt', '--no-sparkplug', '--min-semi-space-size=256', '--max-semi-space-size=256']

/** Counts in a process of its own, which has the flags that make the count the same in every run. */
export function countAllocations(): Allocations {
  const args = [...flags, '--expose-gc', import.meta.filename, '--count']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`counting allocations ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as Allocations
}

/** Bytes of one call, beyond those of making what it is given. */
function bytesOf(text: string, run: (value: unknown) => unknown): number {
  for (let call = 0; call < warmUp; call++) run(JSON.parse(text))
  const values = Array.from({ length: counted }, (): unknown => JSON.parse(text))
  globalThis.gc?.()
  const before = getHeapStatistics().used_heap_size
  for (const value of values) run(value)
  return Math.round((getHeapStatistics().used_heap_size - before) / counted)
}

function count(): Allocations {
  const reviews = buildReviews(admit)
  const answers = {
    'CREATE of a Deployment, /mutate': bytesOf(reviews.create, (value) => admit('mutate', value)),
    'CREATE of a Deployment, /validate/enforce': bytesOf(reviews.create, (value) => admit('enforce', value)),
    'CREATE of a sound Deployment, /validate/enforce': bytesOf(reviews.repaired, (value) => admit('enforce', value)),
    'UPDATE of a Deployment, /mutate': bytesOf(reviews.update, (value) => admit('mutate', value)),
    'UPDATE of a Deployment, /validate/enforce': bytesOf(reviews.update, (value) => admit('enforce', value))
  }
  const { source } = keepCluster({ workloads: 200, nodes: 20, namespaces: 2 })
  const ruleset = buildRuleset(policies, 'critical')
  const exemptions = { reasons: new Map<string, string>(), remarks: [] }
  const objects = objectsFrom(reviews)
  const judged = measuredKinds.map((kind) => {
    const judge = (value: unknown) => {
      const subject = subjectOf(kind, value)
      return evaluate(subject, { facts: source.factsFor(subject), ruleset, exemptions })
    }
    return [`${kind}, judged by every policy`, bytesOf(JSON.stringify(objects[kind]), judge)] as const
  })
  return { ...answers, ...Object.fromEntries(judged) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // The process that counts: see countAllocations.
  if (process.argv.includes('--count')) console.log(JSON.stringify(count()))
  else {
    const text = JSON.stringify(countAllocations(), undefined, 2)
    if (process.argv.includes('--write')) writeFileSync(recordFile, `${text}\n`)
    else console.log(text)
  }
}
