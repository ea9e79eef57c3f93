import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ManagedProcess, startProcess } from '../../support/cluster-process.ts'
import { nodeName, podRange } from './place.ts'

function configuration(kubeconfig: string): object {
  const rules = { minSyncPeriod: '1s', syncPeriod: '30s' }
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig },
    hostnameOverride: nodeName,
    bindAddress: '127.0.0.1',
    clusterCIDR: podRange,
    mode: 'nftables',
    nftables: rules,
    // Limits of the whole machine: none is set.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' }
  }
}

export function startKubeProxy(program: string, folder: string, kubeconfig: string): ManagedProcess {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'config.json')
  writeFileSync(file, JSON.stringify(configuration(kubeconfig)))
  return startProcess({
    name: 'kube-proxy',
    command: [program, 'kube-proxy', `--config=${file}`],
    logFile: join(folder, 'kube-proxy.log'),
    environment: { CONTROL_PLANE_STDIN: 'lifeline' }
  })
}
