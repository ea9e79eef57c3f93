import type { CompanionManifest } from '../../companion/manifest.ts'
import { exemptPrefix, exemptUntilKey } from '../../engine/api.ts'
import { objectName } from '../../engine/subject.ts'
import type { JsonObject } from '../../kube/shape.ts'
import type { Added, ObjectEdit } from '../../manifests/edit.ts'
import type { Result } from '../../report/report.ts'
import { placedAdditions } from '../look/additions.ts'
import { companionPolicy } from '../process/companions.ts'
import type { Judged } from '../look/judge-set.ts'
import type { Selection } from './select.ts'

/** What to write for one object. */
export interface PlannedObject {
  /** `deployment/web`. */
  name: string
  file: string
  /** The object in its file, for a snippet. */
  value: JsonObject
  /** What to add to it; without additions nothing. */
  edit: ObjectEdit
  /** What is added, in words: the policies that ask for it. */
  written: string
  /** What the edit mends. */
  mended: readonly Result[]
  /** What the additions cost, in words. */
  costs: readonly string[]
  /** A budget to add to the file, and what that mends. */
  budget?: { manifest: JsonObject; mended: readonly Result[] }
}

/** Plans what to write for an object in which `results` are found. Undefined if there is nothing to write. */
export function planObject(
  judged: Judged,
  results: readonly Result[],
  selection: Selection
): PlannedObject | undefined {
  const { from, judgement } = judged
  const { subject } = judgement
  const planned =
    selection.write === 'exemptions' ? exempt(results, selection) : mend(judged, results, selection.selects)
  if (planned.additions.length === 0 && planned.budget === undefined) return undefined
  const { additions, ...rest } = planned
  const { document, at, value } = from.manifest
  return { name: objectName(subject), file: from.file, value, edit: { document, at, additions }, ...rest }
}

type Planned = Pick<PlannedObject, 'written' | 'mended' | 'costs' | 'budget'> & { additions: readonly Added[] }

function exempt(
  results: readonly Result[],
  { policies, reason, until }: Extract<Selection, { write: 'exemptions' }>
): Planned {
  const mended = results.filter(({ policy, suppressed }) => suppressed === undefined && policies.has(policy))
  const exempted = [...policies].filter((id) => mended.some(({ policy }) => policy === id))
  const annotations = new Map(exempted.map((policy) => [exemptPrefix + policy, reason]))
  if (annotations.size > 0 && until !== undefined) annotations.set(exemptUntilKey, until)
  const additions = [...annotations].map(([key, value]) => ({ place: ['metadata', 'annotations', key], value }))
  return { additions, written: `exempt from ${exempted.join(', ')}`, mended, costs: [] }
}

/** Policies that are not selected, and those that the configuration exempts the object from, count as exemptions do. */
function mend(
  { from, judgement, remedies }: Judged,
  results: readonly Result[],
  selects: (policy: string) => boolean
): Planned {
  const { subject, ruleset } = judgement
  const open = results.filter(({ suppressed }) => suppressed === undefined)
  const exempted = new Set(results.filter((result) => !open.includes(result)).map(({ policy }) => policy))
  const ids = ruleset.rulesFor(subject.kind).map(({ policy }) => policy.id)
  const { additions, companion } = remedies(new Set(ids.filter((id) => !selects(id) || exempted.has(id))))
  const placed = placedAdditions(judgement, additions)
  const missing = open.filter(({ policy, fixable }) => policy === companionPolicy && fixable)
  const isAdded = companion !== undefined && missing.length > 0
  return {
    additions: placed.map(({ place, value }) => ({ place, value })),
    written: [...new Set(additions.map(({ policy }) => policy))].join(', '),
    mended: open.filter((one) => placed.some(({ policy, field }) => policy === one.policy && field === one.field)),
    costs: additions.flatMap(({ policy, tells }) => {
      return tells === undefined
        ? []
        : [`${objectName(subject)}: [${policy}] ${tells.field}: ${tells.problem}; ${tells.fix}`]
    }),
    ...(isAdded && { budget: { manifest: ownBudget(companion, from.object.namespace), mended: missing } })
  }
}

/** The budget of a companion as an object of the user's own: without what makes it ours, and with a namespace only if the workload says one. */
function ownBudget({ apiVersion, kind, metadata: { name }, spec }: CompanionManifest, namespace: string): JsonObject {
  return { apiVersion, kind, metadata: { name, ...(namespace !== '' && { namespace }) }, spec: { ...spec } }
}
