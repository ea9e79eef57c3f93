import { join } from 'node:path'
import { logTail, type ManagedProcess } from '../../support/cluster-process.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import type { ControlPlane } from '../../support/control-plane.ts'
import { startContainerd } from './containerd.ts'
import { startKubelet } from './kubelet.ts'
import { startKubeProxy } from './kube-proxy.ts'
import { nodeName } from './place.ts'

export interface NodeOptions {
  /** kubelet and kube-proxy. */
  readonly program: string
  readonly folder: string
  readonly cgroup: string
  readonly images: readonly string[]
  readonly pauseImage: string
}

export interface Node {
  /** The name of one of its processes that has ended: nothing that is measured from then on is worth anything. */
  readonly dead: () => string | undefined
  /** The last lines that each of its processes wrote. */
  readonly logs: () => string
  readonly stop: () => Promise<void>
}

/** Starts kubelet, kube-proxy and containerd in the network that this process is in, and waits until the node is Ready. */
export async function startNode(controlPlane: ControlPlane, options: NodeOptions): Promise<Node> {
  const { program, folder, cgroup, images, pauseImage } = options
  const kubeconfig = controlPlane.kubeconfigOf('admin')
  const containerd = await startContainerd(join(folder, 'containerd'), pauseImage)
  for (const image of images) await containerd.importImage(image)
  const { endpoint: runtime } = containerd
  const kubelet = startKubelet({ program, folder: join(folder, 'kubelet'), kubeconfig, runtime, cgroup })
  const proxy = startKubeProxy(program, join(folder, 'kube-proxy'), kubeconfig)
  const processes: readonly ManagedProcess[] = [containerd.process, kubelet, proxy]
  const dead = (): string | undefined => processes.find((one) => !one.running())?.name
  const logs = (): string => processes.map((one) => `--- ${one.name}\n${logTail(one.log())}`).join('\n')
  const stop = async (): Promise<void> => {
    for (const one of processes.toReversed()) await one.stop(3000)
  }
  await waitFor({ what: 'the node to be Ready', seconds: 60, details: logs, everyMilliseconds: 200 }, async () => {
    if (dead() !== undefined) throw new Error(`${dead()} ended\n${logs()}`)
    const path = '--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}'
    const { stdout } = await controlPlane.kubectl(['get', 'node', nodeName, path])
    return stdout === 'True' ? true : undefined
  })
  return { dead, logs, stop }
}
