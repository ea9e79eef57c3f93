import { randomBytes, randomInt } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { once } from 'node:events'
import { readAuditLog, type AuditEvent } from './cluster-audit.ts'
import { findBinaries, type Binaries } from './cluster-binaries.ts'
import { componentArguments, loopback, type ClusterSettings } from './cluster-components.ts'
import { writeClusterFiles, type User } from './cluster-files.ts'
import { kubectlFor, run, type Kubectl } from './cluster-kubectl.ts'
import { logTail, startProcess, type ManagedProcess } from './cluster-process.ts'
import { freePorts } from './cluster-ports.ts'
import { waitFor } from './cluster-wait.ts'

export type ControlPlaneOptions = {
  readonly emulatedVersion?: string
  readonly featureGates?: Readonly<Record<string, boolean>>
  /** The configuration of admission plugins, by their names. */
  readonly admission?: Readonly<Record<string, object>>
  readonly controllerManager?: boolean
  readonly scheduler?: boolean
  readonly kwok?: boolean
  /** Services get addresses of this machine, on which a test can answer; see cluster-service.ts. */
  readonly servicesOnLoopback?: boolean
  /** Where the API server listens: by default on loopback, where no pod would reach it. */
  readonly address?: string
  /** Besides `admin`, who may do everything. What these may do is for the test to grant. */
  readonly users?: readonly Omit<User, 'token'>[]
}

/** What a test needs that only talks to the API server. */
export type ApiServer = {
  readonly directory: string
  /** The kubeconfig file of `admin`, or of one of the users. */
  readonly kubeconfigOf: (user: string) => string
  /** As the admin. */
  readonly kubectl: Kubectl
  readonly auditLog: () => readonly AuditEvent[]
}

export type ControlPlane = ApiServer & {
  readonly url: string
  /** Asked for, but not among the binaries of KUBEBUILDER_ASSETS. */
  readonly missing: readonly string[]
  /** Where etcd answers, without TLS. */
  readonly etcdUrl: string
  /** One that was started. */
  readonly component: (name: ServerComponent) => ManagedProcess
  /** Starts one that was stopped, where it was; the API server is waited for until it is ready. */
  readonly restart: (name: ServerComponent) => Promise<void>
  readonly stop: () => Promise<void>
}

const admin = { name: 'admin', groups: ['system:masters'] }

type Started = { readonly settings: ClusterSettings; readonly binaries: Binaries; readonly processes: Processes }
type ServerComponent = keyof typeof componentArguments
/** In the order in which they were first started. */
type Processes = Map<ServerComponent, ManagedProcess>

/** Starts a Kubernetes control plane of its own on loopback ports. Throws with the tail of a log when one does not come up. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await findBinaries()
  const users = [admin, ...(options.users ?? [])].map((user) => ({ ...user, token: randomBytes(16).toString('hex') }))
  const started: Started = { settings: await settingsFor(options, users), binaries, processes: new Map() }
  const { files, url, etcdPort } = started.settings
  const removeFiles = (): void => rmSync(files.directory, { recursive: true, force: true, maxRetries: 5 })
  process.once('exit', removeFiles)
  const stop = async (): Promise<void> => {
    await stopAll(started.processes)
    removeFiles()
    process.off('exit', removeFiles)
  }
  const auditLog = (): readonly AuditEvent[] => readAuditLog(files.auditLog)
  try {
    startComponent(started, 'etcd')
    await startServer(started)
    const missing = await startClients(started, options)
    const kubectl = kubectlFor(binaries, files.kubeconfigOf('admin'), files.directory)
    return {
      directory: files.directory,
      url,
      etcdUrl: `http://127.0.0.1:${etcdPort}`,
      kubeconfigOf: files.kubeconfigOf,
      kubectl,
      missing,
      auditLog,
      component: (name) => componentOf(started, name),
      restart: (name) => restart(started, name),
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function settingsFor(options: ControlPlaneOptions, users: readonly User[]): Promise<ClusterSettings> {
  const [etcdPort = 0, etcdPeerPort = 0, serverPort = 0] = await freePorts(3)
  const { emulatedVersion, featureGates = {}, admission, address = loopback, servicesOnLoopback = false } = options
  const url = `https://${address}:${serverPort}`
  const files = writeClusterFiles(url, users)
  if (admission !== undefined) writeFileSync(files.path('admission.json'), toAdmissionConfiguration(admission))
  return {
    files,
    url,
    address,
    etcdPort,
    etcdPeerPort,
    serverPort,
    // Control planes that run at once on one machine must not share addresses.
    serviceRange: servicesOnLoopback ? `127.${randomInt(64, 255)}.${randomInt(256)}.0/24` : '10.0.0.0/24',
    emulatedVersion,
    featureGates,
    admissionFile: admission === undefined ? undefined : files.path('admission.json')
  }
}

function toAdmissionConfiguration(configurations: Readonly<Record<string, object>>): string {
  const plugins = Object.entries(configurations).map(([name, configuration]) => ({ name, configuration }))
  return JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins })
}

function startComponent({ settings, binaries, processes }: Started, name: ServerComponent): ManagedProcess {
  const started = startProcess({
    name,
    command: binaries.command(name, componentArguments[name](settings)),
    logFile: settings.files.path(`${name}.log`),
    // Most of them live for a minute: a larger heap costs less than collecting it.
    environment: { CONTROL_PLANE_STDIN: 'lifeline', GOGC: '400' }
  })
  processes.set(name, started)
  return started
}

function componentOf({ processes }: Started, name: ServerComponent): ManagedProcess {
  const found = processes.get(name)
  if (found === undefined) throw new Error(`${name} was not started`)
  return found
}

async function restart(started: Started, name: ServerComponent): Promise<void> {
  if (componentOf(started, name).running()) throw new Error(`${name} still runs`)
  if (name === 'kube-apiserver') await startServer(started)
  else startComponent(started, name)
}

async function startServer(started: Started): Promise<void> {
  const server = startComponent(started, 'kube-apiserver')
  const logs = (): string =>
    [...started.processes.values()].map((one) => `--- ${one.name}\n${logTail(one.log())}`).join('\n')
  await waitFor({ what: 'the API server to be ready', seconds: 60, details: logs }, async () => {
    if (!server.running()) throw new Error(`kube-apiserver ended\n${logs()}`)
    const status = await getStatus(`${started.settings.url}/readyz`)
    return status === 200 ? true : undefined
  })
}

/** Starts what talks to the API server. Returns what is wanted and not to be had. */
async function startClients(started: Started, options: ControlPlaneOptions): Promise<readonly string[]> {
  const wanted: ServerComponent[] = []
  if (options.controllerManager ?? true) wanted.push('kube-controller-manager')
  if (options.scheduler ?? true) wanted.push('kube-scheduler')
  if (options.kwok ?? false) wanted.push('kwok')
  const { binaries, settings } = started
  if (options.kwok === true && binaries.has('kwok')) {
    const stages = await run(binaries.command('kwok-stages', []), {})
    writeFileSync(settings.files.path('stages.yaml'), stages.stdout)
  }
  for (const name of wanted) if (binaries.has(name)) startComponent(started, name)
  return wanted.filter((name) => !binaries.has(name))
}

/** Clients first, then the API server, etcd last: the other way round the API server would wait for its storage. */
async function stopAll(processes: Processes): Promise<void> {
  const [etcd, server, ...clients] = processes.values()
  await Promise.all(clients.map((client) => client.stop(1000)))
  await server?.stop(3000)
  await etcd?.stop(3000)
}

/** The server's certificate is its own and new, so it cannot be checked yet; undefined while nobody answers. */
async function getStatus(url: string): Promise<number | undefined> {
  const call = request(url, { rejectUnauthorized: false, timeout: 2000 })
  call.on('timeout', () => call.destroy(new Error('timeout')))
  call.end()
  try {
    const [response] = await once(call, 'response')
    response.resume()
    return response.statusCode
  } catch {
    return undefined
  }
}
