import * as z from 'zod'

/** Who is told what Holdfast added to an object. */
export const repairs = z.strictObject({
  warnings: z.boolean().default(true).meta({
    description: 'Whether a user whose object is repaired gets a warning that says what Holdfast added.'
  }),
  events: z.boolean().default(true).meta({
    description: 'Whether the controller records an Event on each workload that was repaired.'
  })
})
