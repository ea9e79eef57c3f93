// The controller and the webhook on a large cluster: memory, time to ready, how fast companions are made. See docs/benchmark.md.
// It runs a control plane of its own, as the tests do, without the controllers that would make pods. `--workloads N --nodes N --namespaces N`
// With `--scan` the background scan of the controller takes the place of the webhook.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { issueServingCertificate } from '../src/certificates/issue.ts'
import { type Api, openApi } from '../src/cluster/api/api.ts'
import { controllerUser, grantRights, webhookUser } from '../test/support/cluster-rights.ts'
import { type ControlPlane, startControlPlane } from '../test/support/control-plane.ts'
import { type Figure, measureScan, type ScanBench } from './background-scan.ts'
import { admit } from './in-process.ts'
import { findGenerator } from './load.ts'
import { describeMachine, printMachine } from './machine.ts'
import { median } from './median.ts'
import { countBudgets, type Population, populate } from './population.ts'
import { cpuMicroseconds, residentMiB } from './proc.ts'
import { outputOf, type Server } from './processes.ts'
import { buildReviews } from './review.ts'
import { start } from './started.ts'
import { toTable } from './table.ts'
import { measureEvents } from './watch-events.ts'

const { values } = parseArgs({
  options: {
    workloads: { type: 'string', default: '5000' },
    nodes: { type: 'string', default: '1000' },
    namespaces: { type: 'string', default: '50' },
    scan: { type: 'boolean', default: false }
  }
})
const population: Population = {
  workloads: Number(values.workloads),
  nodes: Number(values.nodes),
  namespaces: Number(values.namespaces)
}

const rounds = 5

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const mebibytes = (amount: number): string => `${amount.toFixed(0)} MiB`

async function measureController(controlPlane: ControlPlane, api: Api, bundle: string): Promise<Figure[]> {
  const kubeconfig = controlPlane.kubeconfigOf(controllerUser.name)
  const since = performance.now()
  const { server, readyMs } = await start({ bundle, command: 'controller', args: ['--kubeconfig', kubeconfig] })
  const readyCpuMs = cpuMicroseconds(server.pid) / 1000
  let made = 0
  let peak = 0
  while (made < population.workloads) {
    await pause(200)
    const failure = server.failure()
    if (failure !== undefined) throw new Error(failure)
    made = await countBudgets(api)
    peak = Math.max(peak, residentMiB(server.pid))
  }
  const tookMs = performance.now() - since - readyMs
  const cpuMs = cpuMicroseconds(server.pid) / 1000
  await pause(5000)
  const settled = residentMiB(server.pid)
  const events = await measureEvents(api, 'controller', server, population)
  await server.stop()
  return [
    { what: 'controller: start to ready', value: seconds(readyMs) },
    { what: 'controller: CPU until ready', value: seconds(readyCpuMs) },
    { what: `controller: ${made} companions made`, value: seconds(tookMs) },
    { what: 'controller: companions a second', value: ((made / tookMs) * 1000).toFixed(0) },
    { what: 'controller: CPU until all are made', value: seconds(cpuMs) },
    { what: 'controller: resident at most', value: mebibytes(peak) },
    { what: 'controller: resident afterwards', value: mebibytes(settled) },
    ...events
  ]
}

async function certificateFlags(folder: string): Promise<string[]> {
  const { certificate, key } = await issueServingCertificate({
    names: ['localhost'],
    addresses: ['127.0.0.1'],
    days: 1
  })
  const [certificateFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  writeFileSync(certificateFile, certificate)
  writeFileSync(keyFile, key, { mode: 0o600 })
  return ['--certificate', certificateFile, '--key', keyFile]
}

interface Judging {
  name: string
  server: Server
}

/** CPU microseconds of one call, of each server in turn; the median of some rounds. */
async function compare(servers: readonly Judging[], path: string, bodyFile: string): Promise<Map<string, number>> {
  const generator = findGenerator()
  const costs = new Map<string, number[]>()
  for (let round = 0; round <= rounds; round++) {
    for (const { name, server } of servers) {
      const before = cpuMicroseconds(server.pid)
      const url = `https://127.0.0.1:${server.port}${path}`
      const { requests, errors } = await generator.send({ calls: [{ url, bodyFile }], connections: 50, seconds: 2 })
      if (errors > 0) throw new Error(`${name} ${path}: ${errors} calls failed`)
      // The first round warms up.
      if (round > 0) costs.set(name, [...(costs.get(name) ?? []), (cpuMicroseconds(server.pid) - before) / requests])
    }
  }
  return new Map([...costs].map(([name, all]) => [name, median(all)]))
}

/** Adds to the figures as they come: the load may fail where others keep the machine busy. */
async function measureWebhook(
  { controlPlane, api, bundle }: ScanBench,
  folder: string,
  figures: Figure[]
): Promise<void> {
  const kubeconfig = controlPlane.kubeconfigOf(webhookUser.name)
  const where = ['--address', '127.0.0.1', '--drain-seconds', '0']
  const files = await certificateFlags(folder)
  const large = await start({
    bundle,
    command: 'webhook',
    args: [...where, ...files, '--kubeconfig', kubeconfig]
  })
  const readyCpuMs = cpuMicroseconds(large.server.pid) / 1000
  const idle = residentMiB(large.server.pid)
  figures.push(
    { what: 'webhook: start to ready', value: seconds(large.readyMs) },
    { what: 'webhook: CPU until ready', value: seconds(readyCpuMs) },
    { what: 'webhook: resident when ready', value: mebibytes(idle) },
    ...(await measureEvents(api, 'webhook', large.server, population))
  )
  const alone = await start({ bundle, command: 'webhook', args: [...where, '--standalone'] })
  const body = join(folder, 'review.json')
  writeFileSync(body, buildReviews(admit).create)
  const servers = [
    { name: 'cached', server: large.server },
    { name: 'standalone', server: alone.server }
  ]
  for (const path of ['/mutate', '/validate/enforce']) {
    const costs = await compare(servers, path, body)
    const [cached = 0, standalone = 0] = servers.map(({ name }) => costs.get(name))
    const ratio = (cached / standalone).toFixed(2)
    const value = `${cached.toFixed(0)} µs, ${ratio} of ${standalone.toFixed(0)} µs without a cluster`
    figures.push({ what: `webhook: CPU of ${path}, 50 connections`, value })
  }
  figures.push({ what: 'webhook: resident after the load', value: mebibytes(residentMiB(large.server.pid)) })
  await Promise.all([large.server.stop(), alone.server.stop()])
}

async function run(): Promise<void> {
  printMachine(describeMachine(findGenerator().name))
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-scale-'))
  const users = [controllerUser, webhookUser]
  const figures: Figure[] = []
  const controlPlane = await startControlPlane({ controllerManager: false, scheduler: false, users })
  try {
    const bundle = join(folder, 'holdfast.js')
    await outputOf('load', process.execPath, ['scripts/build.ts', bundle], 60)
    await grantRights(controlPlane)
    const api = await openApi({ kubeconfig: controlPlane.kubeconfigOf('admin'), environment: {}, userAgent: 'bench' })
    if (api === undefined) throw new Error('the control plane has no kubeconfig')
    await populate(api, population)
    const { workloads, nodes, namespaces } = population
    console.log(`cluster   ${workloads} workloads in ${namespaces} namespaces, ${nodes} nodes\n`)
    figures.push(...(await measureController(controlPlane, api, bundle)))
    if (values.scan) figures.push(...(await measureScan({ controlPlane, api, bundle })))
    else await measureWebhook({ controlPlane, api, bundle }, folder, figures)
    await api.close()
  } finally {
    const columns = [
      { head: 'what', cell: ({ what }: Figure) => what },
      { head: 'measured', cell: ({ value }: Figure) => value }
    ]
    console.log(toTable(columns, figures))
    await controlPlane.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

await run()
