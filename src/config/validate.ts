import type { Config } from './schema.ts'

/** The problems that keep the webhook from serving. */
export function validateWebhook({ server, tls }: Config, standalone: boolean): readonly string[] {
  const problems: string[] = []
  if (server.port !== 0 && server.port === server.healthPort)
    problems.push('server.healthPort: must differ from server.port')
  if (!standalone && tls.certificateFile === undefined) problems.push(`tls.certificateFile: ${noCertificate}`)
  if (!standalone && tls.keyFile === undefined) problems.push(`tls.keyFile: ${noCertificate}`)
  return problems
}

const noCertificate = 'is not set; give --certificate and --key, or try Holdfast out with --standalone'

/** The problems that keep the controller from its work: a certificate must be replaced in good time before it expires. */
export function validateController({ certificates, scan, reports }: Config): readonly string[] {
  const { mode, authoritySeconds, servingSeconds, overlapSeconds } = certificates
  const problems: string[] = []
  if (reports.enabled && !scan.enabled) problems.push('reports.enabled: needs scan.enabled')
  if (mode !== 'self-managed') return problems
  if (authoritySeconds < 2 * servingSeconds)
    problems.push('certificates.authoritySeconds: must be at least twice certificates.servingSeconds')
  if (servingSeconds < 3 * overlapSeconds)
    problems.push('certificates.servingSeconds: must be at least three times certificates.overlapSeconds')
  return problems
}
