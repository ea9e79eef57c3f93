// What judging a review costs in Holdfast, beside the engines of another webhook, by turns in the same run. See docs/benchmark.md.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import type { Admit } from '../src/admission/answer.ts'
import type { Policy } from '../src/engine/policy.ts'
import { policies } from '../src/policies/index.ts'
import { admit, admitBy } from './in-process.ts'
import { describeMachine } from './machine.ts'
import { median } from './median.ts'
import type { Options } from './options.ts'
import { buildReviews } from './review.ts'
import { toTable } from './table.ts'

/** What the engines can express, too: without facts of a cluster. The checks in bench/peers/checks.go have the same ids. */
const shared: ReadonlySet<string> = new Set([
  'min-replicas',
  'readiness-probe',
  'pre-stop-sleep',
  'topology-spread',
  'pinned-image',
  'resource-requests'
])

const times = 200

/** A review, and which of the shared checks it violates. */
interface Body {
  name: 'denied' | 'allowed'
  text: string
  violates: readonly string[]
}

/** What one review took, and which of the shared checks it was found to violate. */
interface Batch {
  microseconds: number
  violated: readonly string[]
}

interface Judge {
  name: string
  checks: number
  /** Judges a review some times. The engines know it by its number. */
  run: (body: Body, index: number) => Promise<Batch> | Batch
}

interface Row {
  judge: Judge
  body: Body
  index: number
  costs: number[]
}

/** Measures all judges. Returns the exit code: 1 where the engines cannot be built. Throws where one does not judge as the others do. */
export async function benchPeers({ policyRounds }: Pick<Options, 'policyRounds'>): Promise<number> {
  const bodies = buildBodies()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-peers-'))
  try {
    const files = bodies.map(({ name }) => join(folder, `${name}.json`))
    for (const [index, { text }] of bodies.entries()) writeFileSync(files[index] ?? '', text)
    await using engines = await startEngines(files)
    const same = policies.filter(({ id }) => shared.has(id))
    if (same.length !== shared.size) throw new Error(`no policy has the id of a check: ${[...shared].join(', ')}`)
    const judges: Judge[] = [
      holdfast('holdfast, all policies', policies, admit),
      holdfast('holdfast, the same checks', same, admitBy(same)),
      ...engines.judges
    ]
    const rows = bodies.flatMap((body, index) => judges.map((judge): Row => ({ judge, body, index, costs: [] })))
    await measure(rows, policyRounds)
    const { machine = '', versions = '' } = describeMachine('none')
    console.log(`machine   ${machine}\nversions  ${versions}, ${engines.versions}`)
    console.log(`rounds    ${policyRounds} of ${times} reviews for each, medians\n\n${tableOf(rows)}`)
    return engines.judges.length > 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(rows: readonly Row[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds * 2; round++) {
    for (const { judge, body, index, costs } of rows) {
      // oxlint-disable-next-line no-await-in-loop -- by turns
      const { microseconds, violated } = await judge.run(body, index)
      if (!isDeepStrictEqual(violated, body.violates)) {
        throw new Error(`${judge.name}, a review to be ${body.name}: finds ${violated.join(', ') || 'nothing'}`)
      }
      // The first half warms up.
      if (round >= rounds) costs.push(microseconds)
    }
  }
}

function tableOf(rows: readonly Row[]): string {
  const base = (body: Body) => median(rows.find((row) => row.body === body)?.costs ?? [])
  return toTable<Row>(
    [
      { head: 'judged by', cell: ({ judge }) => judge.name },
      { head: 'checks', cell: ({ judge }) => `${judge.checks}` },
      { head: 'review', cell: ({ body: { name, text } }) => `${name}, ${(text.length / 1024).toFixed(1)} KiB` },
      { head: 'CPU µs', cell: ({ costs }) => median(costs).toFixed(0) },
      { head: 'of all policies', cell: ({ body, costs }) => (median(costs) / base(body)).toFixed(2) }
    ],
    rows
  )
}

function buildBodies(): readonly Body[] {
  const { create, repaired } = buildReviews(admit)
  return [
    { name: 'denied', text: create, violates: ['pre-stop-sleep', 'readiness-probe', 'topology-spread'] },
    { name: 'allowed', text: withSecondContainer(repaired), violates: [] }
  ]
}

interface PodSpec {
  containers: { lifecycle?: object }[]
}

/** Repairs the second container, too: it serves nothing but metrics, which Holdfast leaves alone and the engines cannot tell. */
function withSecondContainer(review: string): string {
  const whole = JSON.parse(review) as { request: { object: { spec: { template: { spec: PodSpec } } } } }
  const [first, second] = whole.request.object.spec.template.spec.containers
  Object.assign(second ?? {}, { lifecycle: first?.lifecycle, readinessProbe: { tcpSocket: { port: 'metrics' } } })
  return JSON.stringify(whole)
}

/** From the text of a call to that of its answer, as the engines. */
function holdfast(name: string, some: readonly Policy[], by: Admit): Judge {
  return {
    name,
    checks: some.length,
    run: ({ text }) => {
      let answer = ''
      const before = process.cpuUsage()
      for (let time = 0; time < times; time++) answer = by('enforce', JSON.parse(text)).body
      const { user, system } = process.cpuUsage(before)
      return { microseconds: (user + system) / times, violated: violatedIn(answer) }
    }
  }
}

/** Without what is only said to be unknown, because no fact of a cluster is there. */
function violatedIn(answer: string): readonly string[] {
  const { response } = JSON.parse(answer) as { response: { auditAnnotations?: Record<string, string> } }
  const findings = JSON.parse(response.auditAnnotations?.['findings'] ?? '[]') as { policy: string; severity: string }[]
  const ids = findings.filter(({ severity }) => severity !== 'unknown').map(({ policy }) => policy)
  return [...new Set(ids)].filter((id) => shared.has(id)).toSorted()
}

interface Engines extends AsyncDisposable {
  judges: readonly Judge[]
  versions: string
}

/** The engines, in a process of their own. That they cannot be built is said: a table without them must not look as if none existed. */
async function startEngines(files: readonly string[]): Promise<Engines> {
  const script = join(import.meta.dirname, 'peers.sh')
  const { status, stdout } = spawnSync('sh', [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) {
    console.error('NOT MEASURED: the engines of Gatekeeper cannot be built')
    return { judges: [], versions: 'no engines', [Symbol.asyncDispose]: async () => {} }
  }
  const child = spawn(stdout.trim(), files, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the engines have ended')
    return JSON.parse(value)
  }
  const { engines, checks, versions } = (await next()) as { engines: string[]; checks: number; versions: string }
  if (checks !== shared.size) throw new Error(`bench/peers has ${checks} checks, and not ${shared.size}`)
  const judges = engines.map((engine): Judge => {
    const run = async (_: Body, index: number): Promise<Batch> => {
      child.stdin.write(`${engine} ${index} ${times}\n`)
      return (await next()) as Batch
    }
    return { name: `gatekeeper, ${engine}`, checks, run }
  })
  return { judges, versions, [Symbol.asyncDispose]: async () => void child.stdin.end() }
}
