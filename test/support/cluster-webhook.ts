import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { issueServingCertificate } from '../../src/certificates/issue.ts'
import type { ControlPlane } from './control-plane.ts'
import { startProcess } from './cluster-process.ts'
import { controllerUser, webhookUser } from './cluster-rights.ts'
import { registerWebhooks, type Route } from './cluster-registration.ts'
import { freePorts } from './cluster-ports.ts'
import { untilReady } from './cluster-ready.ts'
import { program } from './program.ts'

export type WebhookOptions = {
  /** How the API server calls it. */
  readonly via?: Route
  readonly profile?: 'baseline' | 'standard' | 'critical'
  readonly serverVersion?: string
  readonly drainSeconds?: number
  readonly arguments?: readonly string[]
  /** Of another replica, to serve the same; or files that are yet to come. */
  readonly certificate?: CertificateFiles
  readonly environment?: Readonly<Record<string, string>>
}

export type CertificateFiles = { readonly certificate: string; readonly key: string; readonly caCertificate?: string }

export type Webhook = {
  readonly port: number
  readonly healthUrl: string
  readonly certificate: CertificateFiles
  readonly caCertificate: string | undefined
  readonly log: () => string
  readonly stop: () => Promise<void>
  /** As a node does that is lost: without a word. */
  readonly kill: () => void
}

/** As the chart does: otherwise the webhook refuses the companions that this controller writes. */
const trusted = controllerUser.name
let started = 0

/** Starts the real webhook process against a control plane, without registering it. */
export async function startWebhook(controlPlane: ControlPlane, options: WebhookOptions = {}): Promise<Webhook> {
  started += 1
  const [port = 0, healthPort = 0] = await freePorts(2)
  const files = options.certificate ?? (await writeCertificate(controlPlane.directory, `webhook-${started}`))
  const webhook = startProcess({
    name: 'webhook',
    command: [
      process.execPath,
      program,
      'webhook',
      '--address',
      '127.0.0.1',
      '--port',
      String(port),
      '--health-address',
      '127.0.0.1',
      '--health-port',
      String(healthPort),
      '--certificate',
      files.certificate,
      '--key',
      files.key,
      '--kubeconfig',
      controlPlane.kubeconfigOf(webhookUser.name),
      ...optionalFlags(options)
    ],
    logFile: join(controlPlane.directory, `webhook-${started}.log`),
    // tap preloads its own modules into every node process, which is not what users run.
    environment: { NODE_OPTIONS: '', HOLDFAST_OPERATORS_TRUSTED: trusted, ...options.environment }
  })
  const healthUrl = `http://127.0.0.1:${healthPort}`
  await untilReady(webhook, healthUrl, 90)
  // As in the chart: the drain, then ten seconds.
  const stop = () => webhook.stop(((options.drainSeconds ?? 0) + 10) * 1000)
  const kill = () => webhook.signal('SIGKILL')
  return { port, healthUrl, certificate: files, caCertificate: files.caCertificate, log: webhook.log, stop, kill }
}

/** The usual start: the process, and the configurations that make the API server call it. */
export async function startRegisteredWebhook(
  controlPlane: ControlPlane,
  options: WebhookOptions = {}
): Promise<Webhook> {
  const webhook = await startWebhook(controlPlane, options)
  await registerWebhooks(controlPlane, {
    via: options.via ?? 'url',
    ...(webhook.caCertificate === undefined ? {} : { caBundle: webhook.caCertificate }),
    port: webhook.port
  })
  return webhook
}

function optionalFlags({
  profile,
  serverVersion,
  drainSeconds = 0,
  arguments: more = []
}: WebhookOptions): readonly string[] {
  return [
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(serverVersion === undefined ? [] : ['--server-version', serverVersion]),
    '--drain-seconds',
    String(drainSeconds),
    ...more
  ]
}

async function writeCertificate(directory: string, name: string): Promise<CertificateFiles> {
  const issued = await issueServingCertificate({
    names: ['localhost', 'holdfast-webhook.holdfast-system.svc'],
    addresses: ['127.0.0.1'],
    days: 1
  })
  const certificate = join(directory, `${name}.crt`)
  const key = join(directory, `${name}.key`)
  writeFileSync(certificate, issued.certificate)
  writeFileSync(key, issued.key, { mode: 0o600 })
  return { certificate, key, caCertificate: issued.caCertificate }
}
