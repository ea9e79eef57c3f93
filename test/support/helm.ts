import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Finished, run } from './cluster-kubectl.ts'
import type { ControlPlane } from './control-plane.ts'

export type Helm = (args: readonly string[], input?: string | object) => Promise<Finished>

const root = join(import.meta.dirname, '../..')
export const chart = join(root, 'deploy/chart')

/** Builds Helm if it is not built yet, which takes minutes. */
export async function helmPath(): Promise<string> {
  const child = spawn(join(root, 'scripts/helm.sh'), { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (child.exitCode !== 0) throw new Error('there is no Helm; see above')
  return output.trim()
}

/** Helm as the admin of a control plane. The user's own settings have no say here. */
export async function helmFor({ directory, kubeconfigOf }: ControlPlane): Promise<Helm> {
  const path = await helmPath()
  const own = { HOME: directory, HELM_CACHE_HOME: '', HELM_CONFIG_HOME: '', HELM_DATA_HOME: '', XDG_CACHE_HOME: '' }
  const environment = { ...own, KUBECONFIG: kubeconfigOf('admin'), GOGC: '400' }
  return (args, input) => run([path, ...args], { environment, ...(input === undefined ? {} : { input }) })
}

/** For a step that is no part of what is tested. Resolves with what was written to standard output. */
export async function must(command: Promise<Finished>): Promise<string> {
  const { code, stdout, stderr } = await command
  if (code !== 0) throw new Error(`${stdout}\n${stderr}`)
  return stdout
}
