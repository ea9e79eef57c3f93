import * as z from 'zod'
import { scaledKinds } from '../kube/kinds.ts'
import { kindText, parseResourceKind, type ResourceKind } from '../kube/resource-kind.ts'
import { integer, objectName } from './field-schemas.ts'

/** Of the kinds of Kubernetes only those with replicas can be counted by a budget; ReplicaSets belong to Deployments. */
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

/** Which budgets are kept. */
export const companion = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether companion budgets are kept at all. Where not, those that are there are removed.' }),
  kinds: z
    .array(kind)
    .default(ofKubernetes)
    .meta({ title: 'a list of kinds', description: 'What they are kept for: kind, version and group.' })
    .transform(toKinds),
  resyncMinutes: integer(1, 1440, 10, 'How often every workload is looked at, changed or not.'),
  writesPerSecond: integer(1, 1000, 20, 'How many are written per second. Those that must make way are not held up.'),
  writesBurst: integer(1, 10_000, 50, 'How many are written at once after a quiet time.')
})

/** How the controllers agree on one that writes. */
export const controller = z.strictObject({
  leaseName: objectName(253, 'holdfast-controller', 'The Lease whose holder alone writes.'),
  leaseNamespace: objectName(63, 'holdfast-system', 'Where that Lease is.')
})
