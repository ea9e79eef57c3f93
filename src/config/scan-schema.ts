import * as z from 'zod'
import { integer } from './field-schemas.ts'

/** The background scan of the controller. */
export const scan = z.strictObject({
  enabled: z.boolean().default(false).meta({
    description:
      'Whether the controller that leads judges everything in the namespaces that have opted in, and counts what it finds. It needs the rights of the webhook.'
  }),
  intervalMinutes: integer(
    1,
    1440,
    10,
    'How often it scans. The first scan comes after a tenth of that time; each interval is up to a fifth longer or shorter.'
  )
})

/** What the background scan writes. */
export const reports = z.strictObject({
  enabled: z.boolean().default(false).meta({
    description:
      'Whether each scan keeps a report for every object that it finds something in: a Report of openreports.io where that is served, else a PolicyReport of wgpolicyk8s.io. It needs `scan.enabled`. If it is off, a scan removes them.'
  }),
  writesPerSecond: integer(1, 1000, 10, 'The most reports written per second.')
})
