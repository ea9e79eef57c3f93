import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type User = { readonly name: string; readonly token: string; readonly groups: readonly string[] }

export type ClusterFiles = {
  readonly directory: string
  readonly path: (name: string) => string
  readonly kubeconfig: string
  readonly auditLog: string
}

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    {
      level: 'None',
      resources: [{ group: 'coordination.k8s.io' }, { group: 'events.k8s.io' }, { group: '', resources: ['events'] }]
    },
    { level: 'Metadata' }
  ]
}

/** A fresh folder with everything that the components read: tokens, keys, the audit policy and the admin's kubeconfig. */
export function writeClusterFiles(url: string, admin: User, others: readonly User[]): ClusterFiles {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-control-plane-'))
  const path = (name: string): string => join(directory, name)
  const tokens = [admin, ...others].map((user) => `${user.token},${user.name},${user.name},"${user.groups.join(',')}"`)
  writeFileSync(path('tokens.csv'), `${tokens.join('\n')}\n`, { mode: 0o600 })
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' }
  })
  writeFileSync(path('service-account.key'), keys.privateKey, { mode: 0o600 })
  writeFileSync(path('service-account.pub'), keys.publicKey)
  writeFileSync(path('audit-policy.json'), JSON.stringify(auditPolicy))
  const files = { directory, path, kubeconfig: path('admin.kubeconfig'), auditLog: path('audit.log') }
  writeKubeconfig(files.kubeconfig, {
    url,
    token: admin.token,
    certificateAuthority: path('certificates/apiserver.crt')
  })
  return files
}

export type KubeconfigContent = { readonly url: string; readonly token: string; readonly certificateAuthority: string }

/** A kubeconfig with one user. The authority is the certificate that the API server signs for itself when it starts. */
export function writeKubeconfig(file: string, { url, token, certificateAuthority }: KubeconfigContent): void {
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': certificateAuthority } }],
      users: [{ name: 'test', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test'
    }),
    { mode: 0o600 }
  )
}
