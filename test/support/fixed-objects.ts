import { judgeSet, type Judged } from '../../src/commands/look/judge-set.ts'
import { toLookObject } from '../../src/commands/look/read-set.ts'
import { buildLookSchema } from '../../src/config/look-schema.ts'
import { injectionFor } from '../../src/engine/injection/injection.ts'
import { isObject, type JsonObject } from '../../src/kube/shape.ts'
import { readManifests } from '../../src/manifests/read.ts'
import { policies } from '../../src/policies/index.ts'
import { applied } from './workloads.ts'

const config = buildLookSchema(policies).parse({})
const recordPath = '/metadata/annotations'
const today = () => '2026-11-29'

/**
 * What files hold once they are fixed, by their objects alone: each with the patch of the webhook, which another implementation applies, but
 * without the record that only the webhook needs; behind them the budgets that the controller would keep. A file is named by its path.
 */
export function fixedObjects(files: ReadonlyMap<string, readonly JsonObject[]>): Map<string, readonly JsonObject[]> {
  const objects = [...files].flatMap(([file, all]) => {
    // As JSON text, which has one reading.
    const { manifests } = readManifests(all.map((object) => JSON.stringify(object)).join('\n'))
    if (manifests.length !== all.length) throw new Error(`${file}: ${manifests.length} of ${all.length} objects`)
    return manifests.map((manifest) => toLookObject(manifest, { file }, 'default'))
  })
  const patched = new Map([...files].map(([file, all]) => [file, [...all]]))
  const judging = { policies, config, objects, partial: false, facts: undefined, today }
  judgeSet(judging, (judged) => {
    const { file, manifest } = judged.from
    const all = patched.get(file) ?? []
    const original = files.get(file)?.[manifest.document]
    all[manifest.document] = withPatch(original, judged) as JsonObject
    const budget = budgetOf(judged)
    if (budget !== undefined) all.push(budget)
  })
  return patched
}

function withPatch(original: unknown, { judgement }: Judged): unknown {
  const { operations } = injectionFor(judgement.subject, undefined, judgement)
  return applied(
    original,
    operations.filter(({ path }) => !path.startsWith(recordPath))
  )
}

function budgetOf({ from, judgement, remedies, isFixable }: Judged): JsonObject | undefined {
  const { companion } = remedies()
  const isMissing = judgement.evaluation.findings.some((one) => one.policy === 'disruption-budget' && isFixable(one))
  if (companion === undefined || !isMissing) return undefined
  const { apiVersion, kind, metadata, spec } = companion
  const own = from.manifest.value['metadata']
  const namespace = isObject(own) ? own['namespace'] : undefined
  return JSON.parse(
    JSON.stringify({ apiVersion, kind, metadata: { name: metadata.name, namespace }, spec })
  ) as JsonObject
}
