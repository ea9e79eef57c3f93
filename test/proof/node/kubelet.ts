import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ManagedProcess, startProcess } from '../../support/cluster-process.ts'
import { nodeAddress, nodeName } from './place.ts'

export interface KubeletOptions {
  readonly program: string
  readonly folder: string
  readonly kubeconfig: string
  readonly runtime: string
  /** Below which everything of its pods is, so that it can be found and removed. */
  readonly cgroup: string
}

function configuration({ folder, runtime, cgroup }: KubeletOptions): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '127.0.0.1',
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    readOnlyPort: 0,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    containerRuntimeEndpoint: runtime,
    failCgroupV1: false,
    failSwapOn: false,
    resolvConf: '',
    // How often a pod is looked at without a reason: what a changed Secret waits for.
    syncFrequency: '10s',
    podLogsDir: join(folder, 'pod-logs'),
    staticPodPath: '',
    volumePluginDir: join(folder, 'volume-plugins'),
    // A disk that happens to be full must not delete the images, nor the pods.
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '100Mi' }
  }
}

export function startKubelet(options: KubeletOptions): ManagedProcess {
  const { program, folder, kubeconfig } = options
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration(options)))
  return startProcess({
    name: 'kubelet',
    command: [
      program,
      'kubelet',
      `--config=${join(folder, 'config.json')}`,
      `--kubeconfig=${kubeconfig}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${nodeAddress}`,
      `--root-dir=${join(folder, 'root')}`,
      `--cert-dir=${join(folder, 'certificates')}`,
      '--v=1'
    ],
    logFile: join(folder, 'kubelet.log'),
    environment: { CONTROL_PLANE_STDIN: 'lifeline' }
  })
}
