import { renameSync, writeFileSync } from 'node:fs'
import { type ClusterApi, openApi } from '../support/cluster-api.ts'
import { controllerUser, webhookUser } from '../support/cluster-rights.ts'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { startHoldfast } from './holdfast.ts'
import { pauseImage } from './manifest.ts'
import { type Node, startNode } from './node/node.ts'
import { nodeAddress } from './node/place.ts'

/** What a program inside an enclosure is told, as its argument. */
export interface Work {
  readonly name: string
  readonly folder: string
  /** kubelet and kube-proxy. */
  readonly program: string
  readonly images: readonly string[]
  readonly result: string
}

export interface Cluster {
  readonly controlPlane: ControlPlane
  readonly node: Node
  readonly api: ClusterApi
  /** The name of a process of the control plane or of the node that has ended; see there. */
  readonly dead: () => string | undefined
  readonly stop: () => Promise<void>
}

const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

/** Each time that there is more, so that what was measured is not lost with what cannot be. Whoever reads it never sees half of it. */
export function keepResult({ result }: Work, measured: readonly object[]): void {
  writeFileSync(`${result}.new`, JSON.stringify(measured))
  renameSync(`${result}.new`, result)
}

/** The other end of standard input is the process that cleans up: without it there is nothing to go on for. */
export function endWithInput(): void {
  process.stdin.on('end', () => process.exit(1)).resume()
}

/** A control plane and a node, in the network that this process is in. */
export async function startBareCluster({ name, folder, program, images }: Work): Promise<Cluster> {
  const controlPlane = await startControlPlane({ address: nodeAddress, users: [webhookUser, controllerUser] })
  try {
    const { missing } = controlPlane
    if (missing.length > 0) throw new Error(`the control plane has no ${missing.join(', ')}`)
    const node = await startNode(controlPlane, { program, folder, cgroup: name, images, pauseImage })
    const api = openApi(controlPlane)
    const dead = (): string | undefined =>
      components.find((one) => !controlPlane.component(one).running()) ?? node.dead()
    const stop = async (): Promise<void> => {
      api.close()
      await node.stop()
      await controlPlane.stop()
    }
    return { controlPlane, node, api, dead, stop }
  } catch (error) {
    await controlPlane.stop()
    throw error
  }
}

/** With Holdfast beside them, as processes of this machine. */
export async function startCluster(work: Work): Promise<Cluster> {
  const cluster = await startBareCluster(work)
  const holdfast = await startHoldfast(cluster.controlPlane)
  const stop = async (): Promise<void> => {
    await holdfast.stop()
    await cluster.stop()
  }
  return { ...cluster, stop }
}
