// CPU time of the steps of a review, in process, beside JSON.parse of the same body in the same run.
// `--rounds N`; `--json` prints the figures alone, for bench/run.ts.
import { parseArgs } from 'node:util'
import { parseReview } from '../src/admission/review.ts'
import { changeIn } from '../src/admission/subjects.ts'
import { evaluate } from '../src/engine/evaluate.ts'
import { readExemptions } from '../src/engine/exemption.ts'
import { injectionFor } from '../src/engine/injection/injection.ts'
import { isWorkload } from '../src/kube/workload.ts'
import { policies } from '../src/policies/index.ts'
import { admit, exemptionRules, factsFor, ruleset, today } from './in-process.ts'
import { median } from './median.ts'
import { buildReviews, type Reviews } from './review.ts'
import { measurePolicies, measureSets } from './policy-sets.ts'
import { type PolicyCosts, type StepCost, toPolicyTables } from './policy-table.ts'

interface Step {
  step: string
  body: keyof Reviews
  /** Runs on values that JSON.parse has made just before, as in a server: each is seen once. */
  run: (value: unknown, text: string) => unknown
}

const batch = 200
const known = new Set(policies.map(({ id }) => id))

function toCase(value: unknown) {
  const change = changeIn(parseReview(value))
  if (change === undefined || !isWorkload(change.subject)) throw new Error('the review is about no workload')
  const { subject } = change
  const exemptions = readExemptions(subject.metadata, { policyIds: known, rules: exemptionRules, today })
  return { subject, context: { facts: factsFor(subject), ruleset, exemptions } }
}

function judge({ subject, context: { facts, exemptions } }: ReturnType<typeof toCase>) {
  return evaluate(subject, { facts, ruleset, exemptions })
}

const steps: readonly Step[] = [
  { step: 'JSON.parse', body: 'create', run: (_, text) => JSON.parse(text) },
  { step: 'parse', body: 'create', run: toCase },
  { step: 'parse, evaluate', body: 'create', run: (value) => judge(toCase(value)) },
  {
    step: 'parse, remedy',
    body: 'create',
    run: (value) => {
      const { subject, context } = toCase(value)
      return injectionFor(subject, undefined, context)
    }
  },
  {
    step: 'parse, evaluate, remedy',
    body: 'create',
    run: (value) => {
      const one = toCase(value)
      return [judge(one), injectionFor(one.subject, undefined, one.context)]
    }
  },
  { step: 'whole answer of /mutate', body: 'create', run: (value) => admit('mutate', value) },
  { step: 'whole answer of /validate/enforce', body: 'create', run: (value) => admit('enforce', value) },
  { step: 'JSON.parse', body: 'repaired', run: (_, text) => JSON.parse(text) },
  { step: 'whole answer of /validate/enforce', body: 'repaired', run: (value) => admit('enforce', value) },
  { step: 'JSON.parse', body: 'update', run: (_, text) => JSON.parse(text) },
  { step: 'whole answer of /mutate', body: 'update', run: (value) => admit('mutate', value) },
  { step: 'whole answer of /validate/enforce', body: 'update', run: (value) => admit('enforce', value) }
]

let sink: unknown

/** CPU microseconds per run, over one batch of values made anew. */
function timeBatch({ run }: Step, text: string): number {
  const values = Array.from({ length: batch }, (): unknown => JSON.parse(text))
  const before = process.cpuUsage()
  for (const value of values) sink = run(value, text)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / batch
}

/** The middle of `rounds` batches of each step, the steps taking turns. */
function measure(reviews: Reviews, rounds: number): StepCost[] {
  const times = steps.map((): number[] => [])
  for (let round = 0; round < rounds * 2; round++) {
    for (const [index, step] of steps.entries()) times[index]?.push(timeBatch(step, reviews[step.body]))
  }
  // The first half warms up.
  const costs = steps.map(({ step, body }, index) => {
    return { step, body, microseconds: median(times[index]?.slice(rounds) ?? []), bytes: reviews[body].length }
  })
  const parse = new Map(costs.filter(({ step }) => step === 'JSON.parse').map((cost) => [cost.body, cost.microseconds]))
  return costs.map((cost) => ({ ...cost, ofParse: cost.microseconds / (parse.get(cost.body) ?? Number.NaN) }))
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '40' }, json: { type: 'boolean' } } })
const reviews = buildReviews(admit)
const rounds = Number(values.rounds)
const fewer = Math.ceil(rounds / 4)
const costs: PolicyCosts = {
  steps: measure(reviews, rounds),
  sets: measureSets(reviews, fewer),
  each: measurePolicies(reviews, fewer)
}
if (sink === undefined) throw new Error('nothing ran')
console.log(values.json === true ? JSON.stringify(costs) : toPolicyTables(costs))
