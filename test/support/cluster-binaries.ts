import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export type Component =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kwok'
  | 'kwok-stages'

export type Binaries = {
  readonly has: (component: Component) => boolean
  readonly command: (component: Component, args: readonly string[]) => [string, ...string[]]
}

/** Why there is no control plane on this machine; anything else that goes wrong is an ordinary error. */
export class ControlPlaneUnavailable extends Error {
  override readonly name = 'ControlPlaneUnavailable'
}

const script = join(import.meta.dirname, '../../scripts/control-plane.sh')
const inAssets: ReadonlySet<Component> = new Set(['etcd', 'kube-apiserver', 'kubectl'])

/** Builds the binaries if they are not built yet, which takes minutes. */
export async function findBinaries(): Promise<Binaries> {
  const child = spawn('sh', [script], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stderr.pipe(process.stderr, { end: false })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (child.exitCode !== 0) throw new ControlPlaneUnavailable(errors.trim())
  const path = output.trim()
  if (statSync(path).isDirectory()) {
    return {
      has: (component) => inAssets.has(component),
      command: (component, args) => [join(path, component), ...args]
    }
  }
  return { has: () => true, command: (component, args) => [path, component, ...args] }
}
