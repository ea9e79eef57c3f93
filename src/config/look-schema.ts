import * as z from 'zod'
import type { Policy } from '../engine/policy.ts'
import { buildConfigSchema } from './schema.ts'

function name(description: string) {
  return z.string().min(1).optional().meta({ title: 'a name', description })
}

/** What a file or an object must match to be exempt: everything that is given. `*` stands for any part of a name. */
function exemptionSchema(policies: readonly Policy[]) {
  return z.strictObject({
    policy: z
      .enum(policies.map(({ id }) => id))
      .meta({ title: 'a policy id', description: 'The policy that does not apply.' }),
    kind: name('The kind of the objects: `Deployment`.'),
    namespace: name('Their namespace, with `*` for any part of it.'),
    name: name('Their name, with `*` for any part of it.'),
    paths: z.array(z.string().min(1)).min(1).optional().meta({
      title: 'a list of globs',
      description: 'Their files, as globs below the folder of the configuration file.'
    }),
    reason: z
      .string()
      .regex(/\S/)
      .meta({ title: 'a text that gives the reason', description: 'Why. Reports have it.' }),
    until: z
      .string()
      .refine(isDate)
      .optional()
      .meta({ title: 'a date such as 2027-01-31', description: 'The last day of the exemption, YYYY-MM-DD, in UTC.' })
  })
}

function isDate(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** The schema of `.holdfast.yaml`: what files are judged by. It has the settings of the webhook that matter to files, and its own. */
export function buildLookSchema(policies: readonly Policy[]) {
  return buildConfigSchema(policies)
    .pick({
      profile: true,
      serverVersion: true,
      policies: true,
      common: true,
      defaultMode: true,
      excludedNamespaces: true,
      exemptions: true,
      policyPages: true,
      companion: true
    })
    .extend({
      lint: z
        .strictObject({
          exclude: z
            .array(z.string().min(1))
            .default([])
            .meta({
              title: 'a list of globs',
              description: 'Files and folders that are not read, as globs below the folder of this file.',
              examples: [['vendor/**']]
            }),
          baseline: z
            .string()
            .min(1)
            .optional()
            .meta({ title: 'a path', description: 'The baseline, as a path from the folder of this file.' }),
          exemptions: z.array(exemptionSchema(policies)).default([]).meta({
            title: 'a list of exemptions',
            description: 'Exemptions of objects that cannot be annotated, such as those of charts of others.'
          })
        })
        .prefault({})
        .meta({ description: 'What `holdfast lint` reads, and what it passes over.' })
    })
}

export type LookConfig = z.output<ReturnType<typeof buildLookSchema>>
/** Objects that the configuration exempts. */
export type LookExemption = LookConfig['lint']['exemptions'][number]
