import type { Component } from './cluster-binaries.ts'
import type { ClusterFiles } from './cluster-files.ts'

export type ClusterSettings = {
  readonly files: ClusterFiles
  readonly url: string
  /** Where the API server listens, and where pods find it. */
  readonly address: string
  readonly etcdPort: number
  readonly etcdPeerPort: number
  readonly serverPort: number
  /** Where the addresses of Services are taken from. */
  readonly serviceRange: string
  /** '1.33' … the version of the binary: what the server behaves like. */
  readonly emulatedVersion: string | undefined
  readonly featureGates: Readonly<Record<string, boolean>>
  /** The configuration of admission plugins, if there is one. */
  readonly admissionFile?: string | undefined
}

export const loopback = '127.0.0.1'

/** The command lines that were tried; section by section what Kubernetes' own flags want. */
export const componentArguments = {
  etcd: ({ files, etcdPort, etcdPeerPort }) => [
    `--data-dir=${files.path('etcd')}`,
    `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
    `--listen-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${etcdPeerPort}`,
    '--unsafe-no-fsync'
  ],
  'kube-apiserver': (settings) => [
    `--etcd-servers=http://127.0.0.1:${settings.etcdPort}`,
    `--bind-address=${settings.address}`,
    `--advertise-address=${settings.address}`,
    `--secure-port=${settings.serverPort}`,
    `--cert-dir=${settings.files.path('certificates')}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${settings.files.path('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${settings.files.path('service-account.key')}`,
    `--service-account-key-file=${settings.files.path('service-account.pub')}`,
    `--service-cluster-ip-range=${settings.serviceRange}`,
    `--endpoint-reconciler-type=${settings.address === loopback ? 'none' : 'master-count'}`,
    '--allow-privileged=true',
    `--audit-policy-file=${settings.files.path('audit-policy.json')}`,
    `--audit-log-path=${settings.files.auditLog}`,
    ...(settings.admissionFile === undefined ? [] : [`--admission-control-config-file=${settings.admissionFile}`]),
    ...versionFlags(settings)
  ],
  'kube-controller-manager': (settings) => [
    `--kubeconfig=${settings.files.kubeconfigOf('admin')}`,
    '--leader-elect=false',
    '--secure-port=0',
    `--service-account-private-key-file=${settings.files.path('service-account.key')}`,
    `--root-ca-file=${settings.files.path('certificates/apiserver.crt')}`,
    '--use-service-account-credentials=true',
    ...versionFlags(settings)
  ],
  'kube-scheduler': (settings) => [
    `--kubeconfig=${settings.files.kubeconfigOf('admin')}`,
    '--leader-elect=false',
    '--secure-port=0',
    ...versionFlags({ ...settings, featureGates: {} })
  ],
  kwok: ({ files }) => [
    `--kubeconfig=${files.kubeconfigOf('admin')}`,
    '--manage-all-nodes=true',
    '--node-lease-duration-seconds=40',
    `--config=${files.path('stages.yaml')}`
  ]
} satisfies Partial<Record<Component, (settings: ClusterSettings) => readonly string[]>>

function versionFlags({ emulatedVersion, featureGates }: ClusterSettings): readonly string[] {
  const gates = Object.entries(featureGates).map(([gate, on]) => `${gate}=${on}`)
  return [
    ...(emulatedVersion === undefined ? [] : [`--emulated-version=${emulatedVersion}`]),
    ...(gates.length === 0 ? [] : [`--feature-gates=${gates.join(',')}`])
  ]
}
