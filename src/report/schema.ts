import * as z from 'zod'
import { fileVersion, modeOff, modes, profileNames, rulesetVersions } from '../engine/api.ts'
import { verdicts } from './cluster-report.ts'
import type { Report } from './report.ts'

const text = z.string()
const count = z.int().min(0)
const position = z.int().min(1)

const object = z.object({
  apiVersion: text,
  kind: text,
  namespace: text.meta({ description: 'Empty if its file says none.' }),
  name: text
})

const suppressed = z
  .object({
    by: z.enum(['exemption', 'baseline']),
    reason: text,
    until: text.exactOptional().meta({ description: 'The last UTC day on which it holds, YYYY-MM-DD.' })
  })
  .meta({ description: 'Why the result does not count; absent for what counts.' })

const location = z
  .object({
    file: text.meta({ description: 'Relative to the working directory, with `/`; `-` for the standard input.' }),
    line: position,
    column: position.meta({ description: 'In UTF-16 code units, from 1.' }),
    endLine: position,
    endColumn: position.meta({ description: 'Of the first character behind the field.' })
  })
  .meta({ description: 'The field, or its nearest parent that is there; absent for an object of a cluster.' })

const insertion = z.object({
  file: text,
  offset: count.meta({ description: 'In UTF-16 code units from the beginning of the file.' }),
  line: position,
  column: position,
  text
})

const result = z.object({
  policy: text.meta({ description: 'The id of the policy.' }),
  severity: z
    .enum(['required', 'advised', 'unknown'])
    .meta({ description: '`unknown`: something that is not known could overturn it.' }),
  object,
  container: text.meta({ description: 'The name of the container that the field is in; empty if it is in none.' }),
  field: text.meta({ description: 'Where, as a path: `spec.template.spec.containers[name=web].readinessProbe`.' }),
  problem: text.meta({ description: 'What is wrong.' }),
  hedge: text.meta({ description: 'What could overturn it; empty if nothing could.' }),
  fix: text.meta({ description: 'What to write instead.' }),
  text: text.meta({ description: 'The line that admission would say.' }),
  fixable: z.boolean().meta({ description: 'Whether `holdfast fix` would mend it.' }),
  suppressed: suppressed.exactOptional(),
  denied: z.literal(true).exactOptional().meta({
    description:
      'A new object like this one would be denied for it, in the mode of its namespace; absent: it would not.'
  }),
  location: location.exactOptional(),
  insertions: z
    .array(insertion)
    .exactOptional()
    .meta({ description: 'What `holdfast fix` would insert; absent if that is not known.' })
})

const summary = z
  .object({
    files: count,
    objects: count,
    required: count,
    advised: count,
    unknown: count,
    fixable: count,
    exempted: count,
    baselined: count
  })
  .meta({ description: 'Suppressed results count as `exempted` or `baselined` only.' })

const incomplete = z.object({ file: text, line: position.exactOptional(), problem: text })

const counts = {
  name: text,
  objects: count,
  required: count,
  advised: count,
  unknown: count,
  exempted: count,
  denied: count.meta({ description: 'How many of its objects would be denied.' })
}
const verdict = z.enum(verdicts)
const cluster = z
  .object({
    namespaces: z
      .array(
        z.object({
          ...counts,
          profile: z.enum(profileNames),
          version: z.enum(rulesetVersions),
          mode: z.enum([...modes, modeOff]),
          injects: z.boolean(),
          enforceable: z.boolean()
        })
      )
      .meta({ description: 'The worst first.' }),
    groups: z.object({ label: text, values: z.array(z.object(counts)) }).exactOptional(),
    changed: z
      .array(z.object({ object, policies: z.array(text), companion: z.boolean() }))
      .meta({ description: 'What Holdfast has injected, and the companions that it keeps.' }),
    budgets: z.array(
      z.object({
        namespace: text,
        name: text,
        bound: text,
        pods: z
          .object({ expected: z.int(), healthy: z.int(), desired: z.int(), allowed: z.int() })
          .exactOptional()
          .meta({ description: 'What the disruption controller has counted; absent before that.' })
      })
    ),
    turned: z
      .array(z.object({ object, from: verdict, to: verdict, policies: z.array(text) }))
      .exactOptional()
      .meta({ description: 'What a rehearsal turns; absent if none is compared.' }),
    placement: z
      .object({
        nodes: z.array(z.object({ name: text, zone: text, ready: z.boolean(), schedulable: z.boolean() })),
        workloads: z.array(
          z.object({
            namespace: text,
            kind: text,
            name: text,
            pods: z.array(z.tuple([count, count])).meta({ description: 'The index of a node, and its pods there.' }),
            pending: count
          })
        )
      })
      .exactOptional()
      .meta({ description: 'Where pods run; absent if it is not asked for.' })
  })
  .meta({ description: 'Of a cluster alone.' })

/**
 * The published form of a report. Within one `apiVersion` fields may be added and none changes its meaning, so keys that are not known
 * are dropped.
 */
export const reportSchema: z.ZodType<Report> = z.object({
  apiVersion: z.literal(fileVersion),
  kind: z.literal('Report'),
  command: z.enum(['lint', 'scan']),
  version: text.meta({ description: 'Of Holdfast.' }),
  summary,
  results: z.array(result).meta({
    description:
      'Sorted by file, line, column and policy; those of a cluster by namespace, kind, name and policy. Nothing is left out.'
  }),
  incomplete: z.array(incomplete).meta({ description: 'Why the report is incomplete: exit code 3.' }),
  stale: z.array(text).meta({
    description:
      'What has no effect: entries of a baseline and exemptions of the configuration that match nothing, and exemptions that have ended.'
  }),
  cluster: cluster.exactOptional()
})

/** The JSON Schema of a report. */
export function reportJsonSchema(): object {
  return { title: 'Report of Holdfast', ...z.toJSONSchema(reportSchema, { io: 'input' }) }
}
