import * as z from 'zod'
import { integer } from './field-schemas.ts'

/** The background scan of the controller. */
export const scan = z.strictObject({
  enabled: z.boolean().default(false).meta({
    description:
      'Whether the leading controller judges everything in the namespaces of `scan.namespaces`, and counts what it finds. It then needs the rights of the webhook.'
  }),
  intervalMinutes: integer(
    1,
    1440,
    10,
    'How often it scans. The first scan comes after a tenth of that time; each interval is up to a fifth longer or shorter.'
  ),
  namespaces: z.enum(['opted-in', 'all']).default('opted-in').meta({
    description:
      'Which namespaces the controller scans. `all` includes namespaces that have not opted in, and those of the system, where nothing can be enforced.'
  }),
  events: z.boolean().default(false).meta({
    description:
      'Whether the scan records an Event on an object when a required finding appears or is gone: in namespaces with the mode `warn` or `enforce`, and never for what the first scan finds.'
  }),
  page: z.boolean().default(false).meta({
    description:
      'Whether the leading controller serves the findings of its last scan as a page, `/report` on `server.healthPort`. Everyone who reaches that port can read it.'
  })
})

/** What the background scan writes. */
export const reports = z.strictObject({
  enabled: z.boolean().default(false).meta({
    description:
      'Whether each scan keeps a report for every object that it finds something in: a Report of openreports.io where that is served, else a PolicyReport of wgpolicyk8s.io. It needs `scan.enabled`. If it is off, a scan removes them.'
  }),
  writesPerSecond: integer(1, 1000, 10, 'The most reports written per second.')
})
