import * as z from 'zod'
import { maxUnavailableKey } from '../engine/api.ts'
import { scaledKinds } from '../kube/kinds.ts'
import { largestMaxUnavailable, parseMaxUnavailable } from '../kube/max-unavailable.ts'
import { kindText, parseResourceKind, type ResourceKind } from '../kube/resource-kind.ts'
import { integer, objectName } from './field-schemas.ts'

/** The Kubernetes kinds that can have companions: a budget can count only kinds with replicas, and ReplicaSets belong to Deployments. */
const ofKubernetes = scaledKinds.map(kindText)

function isScaled(text: string): boolean {
  const kind = parseResourceKind(text)
  return kind !== undefined && (ofKubernetes.includes(text) || kind.group.includes('.'))
}

function toKinds(texts: readonly string[]): readonly ResourceKind[] {
  const parsed = texts.map(parseResourceKind).filter((kind) => kind !== undefined)
  return [...new Map(parsed.map((kind) => [`${kind.group}/${kind.kind}`, kind])).values()]
}

const kind = z
  .string()
  .refine(isScaled)
  .meta({
    title: `${ofKubernetes.join(', ')}, or a custom kind with replicas, such as Rollout.v1alpha1.argoproj.io`
  })

function toMaxUnavailable(written: number | string, context: z.RefinementCtx): number | string {
  const value = parseMaxUnavailable(written)
  if (value !== undefined) return value
  context.addIssue({ code: 'custom' })
  return z.NEVER
}

/** The environment gives a number as text. */
const maxUnavailable = z
  .union([z.int().min(1).max(largestMaxUnavailable), z.string().regex(/^[0-9]+%?$/)])
  .default(1)
  .meta({
    title: 'a whole number from 1, or a percentage from 1% to 100%',
    description: `How many pods of a workload its companion lets go at once. A percentage rounds up. The annotation \`${maxUnavailableKey}\` overrides it.`,
    examples: [1, '10%']
  })
  .transform(toMaxUnavailable)

/** Which budgets are kept. */
export const companion = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether the controller keeps companion budgets. If not, it removes the existing ones.' }),
  kinds: z
    .array(kind)
    .default(ofKubernetes)
    .meta({ title: 'a list of kinds', description: 'The kinds that get companions, as kind, version and group.' })
    .transform(toKinds),
  maxUnavailable,
  giveWaySeconds: integer(
    0,
    604_800,
    600,
    'How long unready pods may keep the healthy ones from being evicted, before the companion gives way. 0: it never gives way.'
  ),
  resyncMinutes: integer(1, 1440, 10, 'How often every workload is checked, changed or not.'),
  writesPerSecond: integer(1, 1000, 20, 'The most companions written per second. Urgent removals do not wait.'),
  writesBurst: integer(1, 10_000, 50, 'The most companions written at once after a quiet time.')
})

/** Leader election of the controllers. */
export const controller = z.strictObject({
  leaseName: objectName(253, 'holdfast-controller', 'The Lease for leader election.'),
  leaseNamespace: objectName(63, 'holdfast-system', 'The namespace of that Lease.')
})
