// Holdfast beside a bare Fastify on the same machine in the same run: requests, latency, CPU and memory. See docs/benchmark.md.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { benchLint } from './lint.ts'
import { findGenerator } from './load.ts'
import { describeMachine, printMachine } from './machine.ts'
import { type Network, networkOf, runOverVeth } from './network.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { benchPeers } from './peers.ts'
import { type PolicyCosts, toPolicyTables } from './policy-table.ts'
import { outputOf } from './processes.ts'
import { errorsOf, goalsOf, toGoalTable, toLoadTable } from './report.ts'
import { type Measured, middle, takeSamples } from './samples.ts'
import { benchScan } from './scan.ts'
import { startServers } from './servers.ts'
import { benchSoak } from './soak.ts'

async function measureServers(options: Options, network: Network): Promise<Measured[]> {
  await using servers = await startServers(options.main, network)
  return await takeSamples(options, { generator: findGenerator(), ...servers })
}

async function measurePolicies({ policyRounds }: Options): Promise<PolicyCosts> {
  const args = [fileURLToPath(new URL('policies.ts', import.meta.url)), '--json', '--rounds', `${policyRounds}`]
  return JSON.parse(await outputOf('server', process.execPath, args, 300)) as PolicyCosts
}

function toFigures({ one, connections, samples }: Measured) {
  const { name, server, path, body } = one
  return { name, server, path, body, connections, samples }
}

async function run(options: Options): Promise<number> {
  const network = networkOf(options.network)
  if (network === undefined) return runOverVeth()
  const machine: Record<string, string> = { ...describeMachine(findGenerator().name), network: network.name }
  printMachine(machine)
  const policies = await measurePolicies(options)
  const measured = await measureServers(options, network)
  const { seconds, rounds, smoke } = options
  console.log(`rounds    ${rounds} of ${seconds} s for each case, medians\n\n${toLoadTable(measured)}\n`)
  console.log(toPolicyTables(policies))
  if (!smoke) console.log(`\n${toGoalTable(goalsOf(measured))}`)
  const figures = { machine, seconds, rounds, cases: measured.map(toFigures), policies }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`)
  const faulty = measured.filter((one) => errorsOf(one) > 0 || !(middle(one, 'requestsPerSecond') > 0))
  for (const { one, connections } of faulty) console.error(`${one.name} at ${connections}: requests failed`)
  return faulty.length === 0 ? 0 : 1
}

function measure(options: Options): number | Promise<number> {
  if (options.target === 'lint') return benchLint(options)
  if (options.target === 'scan') return benchScan(options)
  if (options.target === 'soak') return benchSoak(options)
  return options.target === 'peers' ? benchPeers(options) : run(options)
}

const options = parseOptions(process.argv.slice(2))
if (options === undefined) console.log(usage)
process.exitCode = options === undefined ? 0 : await measure(options)
