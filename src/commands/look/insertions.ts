import { parseDocument } from '../../manifests/document.ts'
import { buildInsertions } from '../../manifests/edit.ts'
import { positionsIn } from '../../manifests/lines.ts'
import type { Insertion, Result } from '../../report/report.ts'
import { placedAdditions } from './additions.ts'
import type { Judged } from './judge-set.ts'

/** Adds to a result what `holdfast fix` would insert for it. It stays as it is if it is not fixable, or if the text cannot take it. */
export type WithInsertions = (judged: Judged, result: Result) => Result

/** `texts` has the files by their names. The objects of a file come one after the other: what one was read for serves the next. */
export function buildWithInsertions(texts: ReadonlyMap<string, string>): WithInsertions {
  let last: { file: string; insertionsFor: InsertionsFor } | undefined
  return (judged, result) => {
    const { file } = judged.from
    const text = result.fixable ? texts.get(file) : undefined
    if (text === undefined) return result
    if (last?.file !== file) last = { file, insertionsFor: insertionsIn(file, text) }
    const insertions = last.insertionsFor(judged, result)
    return insertions.length === 0 ? result : { ...result, insertions }
  }
}

type InsertionsFor = (judged: Judged, result: Result) => readonly Insertion[]

/**
 * What mends one finding of an object in a text: what its policy adds at the field, and to the pod, such as the grace period that a sleep
 * needs. What it adds to other containers is for other findings.
 */
function insertionsIn(file: string, text: string): InsertionsFor {
  const insert = buildInsertions(text, parseDocument)
  const positionOf = positionsIn(text)
  return ({ from, judgement, remedies }, { policy, field }) => {
    const own = placedAdditions(judgement, remedies().additions).filter((one) => {
      return one.policy === policy && (one.field === field || !one.field.includes('['))
    })
    if (!own.some((one) => one.field === field)) return []
    const { document, at } = from.manifest
    return insert({ document, at, additions: own }).map(({ offset, text: inserted }) => ({
      file,
      offset,
      ...positionOf(offset),
      text: inserted
    }))
  }
}
