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
        'What keeps the certificate: the controller, cert-manager, or you, who write the files. By default the controller in a pod, and you elsewhere.'
    })
    .optional()
    .transform((mode) => mode ?? 'files'),
  namespace: objectName(63, 'holdfast-system', 'Where that Secret and the Service of the webhook are.'),
  secretName: objectName(253, 'holdfast-certificates', 'The Secret.'),
  serviceName: objectName(63, 'holdfast-webhook', 'The Service, whose name the certificate carries.'),
  configurationName: objectName(
    253,
    'holdfast',
    'The webhook configurations, of both kinds, whose `caBundle` is written.'
  ),
  authoritySeconds: integer(
    60,
    tenYears,
    365 * day,
    'How long an authority is good for. After two thirds the next takes over.'
  ),
  servingSeconds: integer(
    30,
    tenYears,
    90 * day,
    'How long a serving certificate is good for. It is renewed after two thirds.'
  ),
  overlapSeconds: integer(
    1,
    day,
    300,
    'How long API servers get to learn of a new authority, and replicas to read new files.'
  )
})
