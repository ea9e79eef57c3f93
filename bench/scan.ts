// What a scan of a large cluster costs: an API server that only lists, in pages over HTTPS, and `holdfast scan` beside it. See docs/benchmark.md.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { issueServingCertificate } from '../src/certificates/issue.ts'
import { freePorts } from '../test/support/cluster-ports.ts'
import { launch } from './launch.ts'
import { describeMachine } from './machine.ts'
import { median } from './median.ts'
import type { Options } from './options.ts'
import { type Server, startServer } from './processes.ts'
import { type ClusterSize, collections } from './scan-cluster.ts'
import { toTable } from './table.ts'
import { type Timed, timed } from './timed.ts'

interface Case {
  name: string
  args: readonly string[]
  runs: Timed[]
}

/** Measures `rounds` times, by turns. Returns the exit code. */
export async function benchScan({ rounds, smoke, main }: Pick<Options, 'rounds' | 'smoke' | 'main'>): Promise<number> {
  const size: ClusterSize = { workloads: smoke ? 200 : 10_000, nodes: smoke ? 20 : 1000, namespaces: 50 }
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-scan-'))
  const { server, kubeconfig } = await startLists(folder, size)
  try {
    await untilListening(server)
    const page = join(folder, 'page.html')
    const [scan, json] = [
      ['scan', '--kubeconfig', kubeconfig, '--fail-on', 'never'],
      ['--format', 'json']
    ]
    const cases: Case[] = [
      { name: 'scan', args: scan, runs: [] },
      { name: 'scan --format json', args: [...scan, ...json], runs: [] },
      { name: 'scan --mode enforce --diff', args: [...scan, '--mode', 'enforce', '--diff'], runs: [] },
      { name: 'scan --report html=FILE', args: [...scan, '--quiet', '--report', `html=${page}`], runs: [] }
    ]
    for (let round = 0; round < rounds; round++) for (const one of cases) one.runs.push(measure(one, main, folder))
    const { machine = '', versions = '' } = describeMachine('none')
    console.log(
      `machine   ${machine}\nversions  ${versions}\ncluster   ${sizeText(size)}\nrounds    ${rounds}, medians`
    )
    console.log(`page      ${(statSync(page).size / 1e6).toFixed(1)} MB\n\n${tableOf(cases)}`)
    return 0
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startLists(folder: string, size: ClusterSize): Promise<{ server: Server; kubeconfig: string }> {
  const issued = await issueServingCertificate({ names: [], addresses: ['127.0.0.1'], days: 1 })
  const [certificate, key, kubeconfig] = ['tls.crt', 'tls.key', 'kubeconfig'].map((name) => join(folder, name))
  if (certificate === undefined || key === undefined || kubeconfig === undefined) throw new Error('no files')
  writeFileSync(certificate, issued.certificate)
  writeFileSync(key, issued.key, { mode: 0o600 })
  const [port = 0] = await freePorts(1)
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority-data': Buffer.from(issued.caCertificate).toString('base64')
  }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [{ name: 'bench', cluster }],
    users: [{ name: 'bench', user: { token: 'none' } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }]
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  const amounts = [size.workloads, size.nodes, size.namespaces].map(String)
  const program = join(import.meta.dirname, 'scan-server.ts')
  return { server: startServer(port, [program, `${port}`, certificate, key, ...amounts]), kubeconfig }
}

async function untilListening({ port, failure }: Server): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const problem = failure()
    if (problem !== undefined) throw new Error(problem)
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false
    )
    socket.destroy()
    if (isOpen) return
    await pause(50)
  }
  throw new Error('the lists are not served')
}

function measure({ name, args }: Case, main: string, folder: string): Timed {
  const { environment, nodeFlags } = launch
  return timed({ name, command: process.execPath, args: [...nodeFlags, main, ...args], environment, folder })
}

function sizeText(size: ClusterSize): string {
  const counts = Object.values(collections).flatMap(({ kind, count }) => {
    return count(size) === 0 ? [] : [`${count(size)} ${kind}`]
  })
  return counts.join(', ')
}

function tableOf(cases: readonly Case[]): string {
  const middle = ({ runs }: Case, key: keyof Timed) => median(runs.map((run) => run[key]))
  return toTable<Case>(
    [
      { head: 'command', cell: ({ name }) => name },
      { head: 'CPU s', cell: (one) => middle(one, 'cpuSeconds').toFixed(1) },
      { head: 'wall s', cell: (one) => middle(one, 'wallSeconds').toFixed(1) },
      { head: 'resident at most, MiB', cell: (one) => middle(one, 'residentMiB').toFixed(0) }
    ],
    cases
  )
}
