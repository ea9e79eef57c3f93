import type { Config } from './schema.ts'

/** What the controller cannot keep certificates with: each must be replaced in good time before it expires. */
export function controllerFaults({ certificates }: Config): readonly string[] {
  const { mode, authoritySeconds, servingSeconds, overlapSeconds } = certificates
  if (mode !== 'self-managed') return []
  const faults: string[] = []
  if (authoritySeconds < 2 * servingSeconds)
    faults.push('certificates.authoritySeconds: is less than twice certificates.servingSeconds')
  if (servingSeconds < 3 * overlapSeconds)
    faults.push('certificates.servingSeconds: is less than three times certificates.overlapSeconds')
  return faults
}
