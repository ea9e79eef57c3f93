import { editManifests } from '../../manifests/edit.ts'
import { positionsIn } from '../../manifests/lines.ts'
import type { Insertion, Result } from '../../report/report.ts'
import { placedAdditions } from './additions.ts'
import type { Judged } from './judge-set.ts'

/** A result with what `holdfast fix` would insert for it. Without that if it is not fixable, or if the text cannot take it. */
export function withInsertions(judged: Judged, result: Result, texts: ReadonlyMap<string, string>): Result {
  const text = texts.get(judged.from.file)
  const insertions = text === undefined || !result.fixable ? [] : insertionsFor(judged, result, text)
  return insertions.length === 0 ? result : { ...result, insertions }
}

/**
 * What mends one finding of an object in a text: what its policy adds at the field, and to the pod, such as the grace period that a sleep
 * needs. What it adds to other containers is for other findings.
 */
export function insertionsFor(
  { from, judgement, remedies }: Judged,
  { policy, field }: Result,
  text: string
): readonly Insertion[] {
  const own = placedAdditions(judgement, remedies().additions).filter((one) => {
    return one.policy === policy && (one.field === field || !one.field.includes('['))
  })
  if (!own.some((one) => one.field === field)) return []
  const { document, at } = from.manifest
  const { insertions } = editManifests(text, [{ document, at, additions: own }])
  const positionOf = positionsIn(text)
  return insertions.map(({ offset, text: inserted }) => ({
    file: from.file,
    offset,
    ...positionOf(offset),
    text: inserted
  }))
}
