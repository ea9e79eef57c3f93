// Looks for what takes the webhook down: `npm run fuzz -- --help`. docs/security-tests.md has what it found.
import * as fc from 'fast-check'
import { attacks } from './attack/attacks.ts'
import { type Effect, measure } from './attack/measure.ts'
import { type Case, cases } from './cases.ts'
import { type Cost, costOf, isLinear, notableCostOf } from './cost.ts'
import { derivedShapes } from './derived-shapes.ts'
import { fuzzHttp } from './fuzz-http.ts'
import { type Options, type Part, parseOptions, usage } from './options.ts'
import { assertPromises, type Outcome } from './promises.ts'
import { shapes } from './shapes.ts'

/** How much larger the shapes are than in `npm test`: up to as much as the API server takes. */
const scales = [1, 6]

const run: Readonly<Record<Part, (options: Options) => Promise<number>>> = {
  reviews: fuzzReviews,
  shapes: measureShapes,
  http: ({ count, seed }) => fuzzHttp(Math.ceil(count / 100), seed),
  attacks: attackAll
}

async function fuzzReviews({ count, seed, path }: Options): Promise<number> {
  const outcomes: Record<Outcome, number> = { refused: 0, allowed: 0, patched: 0, denied: 0 }
  const property = fc.property(cases, (one) => {
    for (const outcome of assertPromises(one)) outcomes[outcome]++
  })
  const found = fc.check(property, { seed, numRuns: count, ...(path !== undefined && { path }) })
  console.log(`reviews: ${found.numRuns} cases at 4 endpoints: ${JSON.stringify(outcomes)}`)
  if (!found.failed) return 0
  const [smallest] = found.counterexample ?? []
  console.log(`${errorText(found.errorInstance)}\n${shown(smallest)}`)
  console.log(`repeat it: npm run fuzz -- --only reviews --seed ${found.seed} --path ${found.counterexamplePath}`)
  return 1
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).slice(0, 4000) : String(error)
}

function shown(one: Case | undefined): string {
  return (JSON.stringify(one) ?? '').slice(0, 20_000)
}

async function measureShapes(): Promise<number> {
  let failures = 0
  for (const scale of scales) {
    console.log(`\nshapes, times ${scale}: KiB of the largest review, and ms of CPU at sizes 1, 2 and 4`)
    for (const [name, build] of Object.entries(shapes)) failures += tellCost(name, costOf(build, scale))
  }
  const derived = Object.values(derivedShapes()).flatMap((group) => Object.entries(group))
  console.log(`\nof ${derived.length} shapes that are derived from what parsers read, those that take notable time`)
  for (const [name, build] of derived) {
    const cost = notableCostOf(build)
    if (cost !== undefined) failures += tellCost(name, cost)
  }
  return failures
}

/** Returns the number of failures. */
function tellCost(name: string, cost: Cost): number {
  const holds = isLinear(cost)
  const figures = cost.ms.map((ms) => ms.toFixed(1).padStart(8)).join('')
  console.log(`${holds ? 'ok    ' : 'not ok'} ${(cost.bytes / 1024).toFixed(0).padStart(6)}${figures}  ${name}`)
  return holds ? 0 : 1
}

async function attackAll({ main }: Options): Promise<number> {
  let failures = 0
  console.log(
    '\n| attack | process | memory at its peak | CPU | others: answered, sent back, failed | slowest answer, of it CPU | missed probes |'
  )
  console.log('|---|---|---:|---:|---:|---:|---:|')
  for (const [name, { what }] of Object.entries(attacks)) {
    const effect = await measure(main, name)
    if (effect.end !== 'alive' || effect.failed > 0) failures++
    console.log(rowOf(what, effect))
  }
  return failures
}

function rowOf(what: string, effect: Effect): string {
  const { end, peakMiB, cpuSeconds, answered, sentBack, failed, slowest, slowestCpu, missedProbes } = effect
  const cells = [
    what,
    end,
    `${peakMiB.toFixed(0)} MiB`,
    `${cpuSeconds.toFixed(1)} s`,
    `${answered}, ${sentBack}, ${failed}`,
    `${slowest.toFixed(0)} ms, ${slowestCpu.toFixed(0)} ms`,
    `${missedProbes}`
  ]
  return `| ${cells.join(' | ')} |`
}

async function runAll(options: Options): Promise<number> {
  const { only, count, seed } = options
  console.log(`parts ${only.join(', ')}; --count ${count} --seed ${seed}`)
  let failures = 0
  for (const part of only) failures += await run[part](options)
  console.log(`\n${failures === 0 ? 'nothing found' : `${failures} failed: repeat with --seed ${seed}`}`)
  return failures
}

const options = parseOptions(process.argv.slice(2))
if (options === undefined) console.log(usage)
else process.exit((await runAll(options)) === 0 ? 0 : 1)
