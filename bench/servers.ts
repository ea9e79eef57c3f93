import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueServingCertificate } from '../src/certificates/issue.ts'
import { freePorts } from '../test/support/cluster-ports.ts'
import { type Case, cases, checkCase, type ServerName } from './cases.ts'
import { admit, profile, serverVersion } from './in-process.ts'
import { launch } from './launch.ts'
import type { Network } from './network.ts'
import { type Server, startServer } from './processes.ts'
import { buildReviews } from './review.ts'

/** The servers that are measured, and the bodies that they get. */
export interface Servers extends AsyncDisposable {
  serverOf: (one: Case) => Server
  /** The file with the body that a case sends. */
  fileOf: (one: Case) => string
}

/** Starts Holdfast and the bare Fastify, and checks the answer of each case. Disposing of the result stops them. */
export async function startServers(main: string, network: Network): Promise<Servers> {
  await using started = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  started.defer(() => rmSync(folder, { recursive: true, force: true }))
  const reviews = buildReviews(admit)
  const fileOf = ({ body }: Case) => join(folder, `${body}.json`)
  for (const one of cases) writeFileSync(fileOf(one), reviews[one.body])
  const servers: Record<ServerName, Server> = {
    fastify: await startBaseline(folder, network),
    holdfast: await startHoldfast(main, network)
  }
  started.defer(async () => void (await Promise.all(Object.values(servers).map((server) => server.stop()))))
  const serverOf = ({ server }: Case) => servers[server]
  for (const one of cases) await checkCase(one, serverOf(one), reviews[one.body])
  const kept = started.move()
  return { serverOf, fileOf, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function startBaseline(folder: string, network: Network): Promise<Server> {
  const { address } = network
  const { certificate, key } = await issueServingCertificate({ names: [], addresses: [address], days: 1 })
  const [certificateFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  writeFileSync(certificateFile, certificate)
  writeFileSync(keyFile, key, { mode: 0o600 })
  const [port = 0] = await freePorts(1)
  const program = join(import.meta.dirname, 'baseline.ts')
  return startServer(port, [program, address, `${port}`, certificateFile, keyFile], {}, network)
}

async function startHoldfast(main: string, network: Network): Promise<Server> {
  const [port = 0, healthPort = 0] = await freePorts(2)
  const release = `${serverVersion.major}.${serverVersion.minor}`
  const where = ['--address', network.address, '--port', `${port}`, '--health-port', `${healthPort}`]
  const judging = ['--profile', profile, '--server-version', release]
  const args = [...launch.nodeFlags, main, 'webhook', '--standalone', ...where, ...judging]
  return startServer(port, args, launch.environment, network)
}
