import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { ClusterApi } from './cluster-api.ts'
import { logTail, type ManagedProcess, startProcess } from './cluster-process.ts'
import { freePorts } from './cluster-ports.ts'
import { untilReady } from './cluster-ready.ts'
import type { ControlPlane } from './control-plane.ts'
import { projectSecret } from './secret-projector.ts'
import { program } from './program.ts'

type Component = 'webhook' | 'controller'

export interface InstalledProcess {
  readonly process: ManagedProcess
  readonly port: number
  readonly healthUrl: string
  /** Rejects where it ends instead. */
  readonly untilReady: () => Promise<void>
}

interface Volume {
  readonly name: string
  readonly configMap?: { readonly name: string }
  readonly secret?: { readonly secretName: string }
}

interface DeploymentObject {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string
        readonly containers: readonly [{ readonly args: readonly string[]; readonly env?: readonly Variable[] }]
        readonly volumes: readonly Volume[]
      }
    }
  }
}

type Variable = { readonly name: string; readonly value: string }

const namespace = '/api/v1/namespaces/holdfast-system'
let started = 0

/**
 * Runs a pod of what is installed in holdfast-system, as a kubelet would: with the arguments, the variables, the configuration, the
 * certificates and the rights that the objects in the cluster say, on ports of its own. There are no images here, so it is run from source.
 */
export async function startInstalled(
  t: Test,
  plane: ControlPlane,
  api: ClusterApi,
  component: Component
): Promise<InstalledProcess> {
  const path = `/apis/apps/v1/namespaces/holdfast-system/deployments/holdfast-${component}`
  const { spec } = ((await api.must('GET', path)) as DeploymentObject).spec.template
  const folder = join(plane.directory, `${component}-${++started}`)
  mkdirSync(join(folder, 'tls'), { recursive: true })
  const [port = 0, healthPort = 0] = await freePorts(2)
  const config = await writeConfig(api, spec.volumes, folder)
  const mounted = mountSecret(t, api, spec.volumes, join(folder, 'tls'))
  const [{ args, env = [] }] = spec.containers
  const process = startProcess({
    name: `${component}-${started}`,
    command: [
      globalThis.process.execPath,
      program,
      ...args.map((arg) => (arg.startsWith('--config=') ? `--config=${config}` : arg))
    ],
    logFile: join(folder, 'log'),
    environment: {
      NODE_OPTIONS: '',
      ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
      ...mounted,
      HOLDFAST_KUBECONFIG: plane.kubeconfigOf(`system:serviceaccount:holdfast-system:${spec.serviceAccountName}`),
      HOLDFAST_SERVER_ADDRESS: '127.0.0.1',
      HOLDFAST_SERVER_PORT: String(port),
      HOLDFAST_SERVER_HEALTH_PORT: String(healthPort),
      HOLDFAST_SERVER_DRAIN_SECONDS: '0',
      HOLDFAST_TLS_RELOAD_SECONDS: '1'
    }
  })
  t.teardown(async () => {
    if (!t.passing()) t.comment(`the log of ${process.name}:\n${logTail(process.log(), 40)}`)
    await process.stop(10_000)
  })
  const healthUrl = `http://127.0.0.1:${healthPort}`
  return { process, port, healthUrl, untilReady: () => untilReady(process, healthUrl, 40) }
}

async function writeConfig(api: ClusterApi, volumes: readonly Volume[], folder: string): Promise<string> {
  const name = volumes.find(({ configMap }) => configMap !== undefined)?.configMap?.name ?? ''
  const { data } = (await api.must('GET', `${namespace}/configmaps/${name}`)) as { data: Record<string, string> }
  const file = join(folder, 'holdfast.yaml')
  writeFileSync(file, data['holdfast.yaml'] ?? '')
  return file
}

function mountSecret(t: Test, api: ClusterApi, volumes: readonly Volume[], folder: string): Record<string, string> {
  const secretName = volumes.find(({ secret }) => secret !== undefined)?.secret?.secretName
  if (secretName === undefined) return {}
  const secret = `${namespace}/secrets/${secretName}`
  const { certificate, key } = projectSecret(t, { api, secret, folder, delayMs: 100 })
  return { HOLDFAST_TLS_CERTIFICATE_FILE: certificate, HOLDFAST_TLS_KEY_FILE: key }
}
