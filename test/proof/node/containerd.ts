import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../support/cluster-kubectl.ts'
import { logTail, type ManagedProcess, startProcess } from '../../support/cluster-process.ts'
import { waitFor } from '../../support/cluster-wait.ts'
import { bridges, pluginFolder, podRange } from './place.ts'

export interface Containerd {
  readonly process: ManagedProcess
  readonly endpoint: string
  readonly importImage: (archive: string) => Promise<void>
}

function configuration(folder: string, socket: string, pauseImage: string): string {
  const cri = `plugins."io.containerd.grpc.v1.cri"`
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
[${cri}]
  sandbox_image = "${pauseImage}"
  # For machines without CAP_SYS_RESOURCE, on which no sandbox would start.
  restrict_oom_score_adj = true
  [${cri}.cni]
    bin_dir = "${pluginFolder}"
    conf_dir = "${folder}/cni"
  [${cri}.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`
}

function network(folder: string): object {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: podRange }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: `${folder}/addresses`
  }
  const bridge = { type: 'bridge', bridge: bridges.pods, isGateway: true, hairpinMode: true, ipMasq: false, ipam }
  return { cniVersion: '0.4.0', name: 'pods', plugins: [bridge] }
}

/** A container runtime of its own, with a folder and a socket of its own. */
export async function startContainerd(folder: string, pauseImage: string): Promise<Containerd> {
  const socket = join(folder, 'containerd.sock')
  mkdirSync(join(folder, 'cni'), { recursive: true })
  writeFileSync(join(folder, 'config.toml'), configuration(folder, socket, pauseImage))
  writeFileSync(join(folder, 'cni/pods.conflist'), JSON.stringify(network(folder)))
  const process = startProcess({
    name: 'containerd',
    command: ['containerd', '--config', join(folder, 'config.toml')],
    logFile: join(folder, 'containerd.log')
  })
  const ctr = (...args: string[]) => run(['ctr', '--address', socket, '--namespace', 'k8s.io', ...args], {})
  const details = (): string => logTail(process.log())
  await waitFor({ what: 'containerd', seconds: 20, details }, async () => {
    if (!process.running()) throw new Error(`containerd ended\n${details()}`)
    return (await ctr('version')).code === 0 ? true : undefined
  })
  const importImage = async (archive: string): Promise<void> => {
    const result = await ctr('images', 'import', archive)
    if (result.code !== 0) throw new Error(`could not import ${archive}: ${result.stderr}`)
  }
  return { process, endpoint: `unix://${socket}`, importImage }
}
