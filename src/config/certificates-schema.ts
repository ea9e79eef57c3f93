import * as z from 'zod'
import { integer, objectName } from './field-schemas.ts'

const certificateModes = ['self-managed', 'cert-manager', 'files'] as const
const day = 24 * 60 * 60
const tenYears = 3650 * day

/** Where the serving certificate comes from. */
export const certificates = z.strictObject({
  mode: z
    .enum(certificateModes)
    .meta({
      description:
        'What maintains the certificate: the controller (self-managed), cert-manager, or you (files). Default: self-managed in a pod, files elsewhere.'
    })
    .optional()
    .transform((mode) => mode ?? 'files'),
  namespace: objectName(63, 'holdfast-system', 'The namespace of the certificate Secret and of the webhook Service.'),
  secretName: objectName(253, 'holdfast-certificates', 'The Secret that holds the certificates.'),
  serviceName: objectName(63, 'holdfast-webhook', 'The Service whose name the certificate carries.'),
  configurationName: objectName(
    253,
    'holdfast',
    'The name of the webhook configurations, validating and mutating, whose `caBundle` is written.'
  ),
  authoritySeconds: integer(
    60,
    tenYears,
    365 * day,
    'How long an authority is valid. The next one takes over after two thirds of that time.'
  ),
  servingSeconds: integer(
    30,
    tenYears,
    90 * day,
    'How long a serving certificate is valid. It is renewed after two thirds of that time.'
  ),
  overlapSeconds: integer(
    1,
    day,
    300,
    'The time that API servers have to learn of a new authority, and replicas to read new files.'
  )
})
