import type { Environment } from './environment.ts'

/** Where the file has it. */
export const modePath = ['certificates', 'mode'] as const

/**
 * Who sees to the certificates where nobody says it. In a pod the controller: it has the rights, and what it writes is mounted. Elsewhere
 * whoever runs the process, so that a controller on somebody's own machine takes no cluster's bundles over.
 */
export function defaultCertificatesMode(environment: Environment): 'self-managed' | 'files' {
  return (environment['KUBERNETES_SERVICE_HOST'] ?? '') === '' ? 'files' : 'self-managed'
}
