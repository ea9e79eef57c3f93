import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type User = { readonly name: string; readonly token: string; readonly groups: readonly string[] }

export type ClusterFiles = {
  readonly directory: string
  readonly path: (name: string) => string
  readonly kubeconfigOf: (user: string) => string
  readonly auditLog: string
}

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    // What Holdfast itself asks for, all of it.
    { level: 'Metadata', userGroups: ['system:serviceaccounts:holdfast-system'] },
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    {
      level: 'None',
      resources: [{ group: 'coordination.k8s.io' }, { group: 'events.k8s.io' }, { group: '', resources: ['events'] }]
    },
    { level: 'Metadata' }
  ]
}

/** A fresh folder with everything that the components read: tokens, keys, the audit policy, and a kubeconfig for each user. */
export function writeClusterFiles(url: string, users: readonly User[]): ClusterFiles {
  const files = clusterFilesIn(mkdtempSync(join(tmpdir(), 'holdfast-control-plane-')))
  const { path, kubeconfigOf } = files
  const tokens = users.map(({ token, name, groups }) => `${token},${name},${name},"${groups.join(',')}"`)
  writeFileSync(path('tokens.csv'), `${tokens.join('\n')}\n`, { mode: 0o600 })
  writeServiceAccountKeys(path)
  writeFileSync(path('audit-policy.json'), JSON.stringify(auditPolicy))
  // The certificate that the API server makes and signs for itself when it starts.
  const authority = path('certificates/apiserver.crt')
  for (const { name, token } of users) {
    writeFileSync(kubeconfigOf(name), JSON.stringify(kubeconfig(url, token, authority)), { mode: 0o600 })
  }
  return files
}

/** Where they are in the folder of a control plane. */
export function clusterFilesIn(directory: string): ClusterFiles {
  const path = (name: string): string => join(directory, name)
  return { directory, path, kubeconfigOf: (user) => path(`${user}.kubeconfig`), auditLog: path('audit.log') }
}

function writeServiceAccountKeys(path: (name: string) => string): void {
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' }
  })
  writeFileSync(path('service-account.key'), keys.privateKey, { mode: 0o600 })
  writeFileSync(path('service-account.pub'), keys.publicKey)
}

function kubeconfig(url: string, token: string, authority: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': authority } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test'
  }
}
