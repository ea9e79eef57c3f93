import type { Config } from './schema.ts'

const noCertificate = 'is not set; give --certificate and --key, or try Holdfast out with --standalone'

/** What the webhook cannot serve with. */
export function webhookFaults({ server, tls }: Config, standalone: boolean): readonly string[] {
  const faults: string[] = []
  if (server.port !== 0 && server.port === server.healthPort) faults.push('server.healthPort: the same as server.port')
  if (!standalone && tls.certificateFile === undefined) faults.push(`tls.certificateFile: ${noCertificate}`)
  if (!standalone && tls.keyFile === undefined) faults.push(`tls.keyFile: ${noCertificate}`)
  return faults
}
