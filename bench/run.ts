// Holdfast beside a bare Fastify on the same machine in the same run: requests, latency, CPU and memory. See docs/benchmark.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issueServingCertificate } from '../src/certificates/issue.ts'
import { freePorts } from '../test/support/cluster-ports.ts'
import { type Case, cases, checkCase, type ServerName } from './cases.ts'
import { admit, profile, serverVersion } from './in-process.ts'
import { launch } from './launch.ts'
import { benchLint } from './lint.ts'
import { findGenerator } from './load.ts'
import { describeMachine } from './machine.ts'
import { type Network, networkOf, runOverVeth } from './network.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { benchPeers } from './peers.ts'
import { type PolicyCosts, toPolicyTables } from './policy-table.ts'
import { outputOf, type Server, startServer } from './processes.ts'
import { errorsOf, toGoalTable, toLoadTable } from './report.ts'
import { buildReviews, type Reviews } from './review.ts'
import { type Measured, middle, takeSamples } from './samples.ts'
import { benchScan } from './scan.ts'

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

async function startBaseline(folder: string, network: Network): Promise<Server> {
  const { address } = network
  const { certificate, key } = await issueServingCertificate({ names: [], addresses: [address], days: 1 })
  const [certificateFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  writeFileSync(certificateFile, certificate)
  writeFileSync(keyFile, key, { mode: 0o600 })
  const [port = 0] = await freePorts(1)
  return startServer(port, [here('baseline.ts'), address, `${port}`, certificateFile, keyFile], {}, network)
}

async function startHoldfast(main: string, network: Network): Promise<Server> {
  const [port = 0, healthPort = 0] = await freePorts(2)
  const release = `${serverVersion.major}.${serverVersion.minor}`
  const where = ['--address', network.address, '--port', `${port}`, '--health-port', `${healthPort}`]
  const judging = ['--profile', profile, '--server-version', release]
  const args = [...launch.nodeFlags, main, 'webhook', '--standalone', ...where, ...judging]
  return startServer(port, args, launch.environment, network)
}

async function measureServers(options: Options, network: Network, folder: string): Promise<Measured[]> {
  const reviews = buildReviews(admit)
  const fileFor = (body: keyof Reviews) => join(folder, `${body}.json`)
  for (const body of ['create', 'update'] as const) writeFileSync(fileFor(body), reviews[body])
  const servers: Record<ServerName, Server> = {
    fastify: await startBaseline(folder, network),
    holdfast: await startHoldfast(options.main, network)
  }
  try {
    const serverOf = ({ server }: Case) => servers[server]
    for (const one of cases) await checkCase(one, serverOf(one), reviews[one.body])
    return await takeSamples(options, { generator: findGenerator(), serverOf, fileOf: ({ body }) => fileFor(body) })
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()))
  }
}

async function measurePolicies({ policyRounds }: Options): Promise<PolicyCosts> {
  const args = [here('policies.ts'), '--json', '--rounds', `${policyRounds}`]
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
  for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(8)}  ${value}`)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  try {
    const policies = await measurePolicies(options)
    const measured = await measureServers(options, network, folder)
    const { seconds, rounds, smoke } = options
    console.log(`rounds    ${rounds} of ${seconds} s for each case, medians\n\n${toLoadTable(measured)}\n`)
    console.log(toPolicyTables(policies))
    if (!smoke) console.log(`\n${toGoalTable(measured)}`)
    const figures = { machine, seconds, rounds, cases: measured.map(toFigures), policies }
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`)
    const faulty = measured.filter((one) => errorsOf(one) > 0 || !(middle(one, 'requestsPerSecond') > 0))
    for (const { one, connections } of faulty) console.error(`${one.name} at ${connections}: requests failed`)
    return faulty.length === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function measure(options: Options): number | Promise<number> {
  if (options.target === 'lint') return benchLint(options)
  if (options.target === 'scan') return benchScan(options)
  return options.target === 'peers' ? benchPeers(options) : run(options)
}

const options = parseOptions(process.argv.slice(2))
if (options === undefined) console.log(usage)
process.exitCode = options === undefined ? 0 : await measure(options)
