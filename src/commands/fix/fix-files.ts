import { type Edited, editManifests } from '../../manifests/edit.ts'
import type { PlannedObject } from './plan.ts'
import type { Result } from '../../report/report.ts'
import { additionSnippet, objectSnippet, type Snippet } from './snippet.ts'

/** A file that would be written. */
export interface FixedFile {
  file: string
  before: string
  after: string
  insertions: Edited['insertions']
  /** What is written in it, a line each: `deployment/web: readiness-probe, pre-stop-sleep`. */
  written: readonly string[]
  mended: readonly Result[]
}

/** What a text could not take, and what to write by hand. */
export interface Refused {
  file: string
  object: string
  why: string
  snippet: Snippet
}

export interface Fixed {
  files: readonly FixedFile[]
  refused: readonly Refused[]
  /** What the additions cost, in words. */
  costs: readonly string[]
}

/** Writes what is planned into the texts of the files. */
export function fixFiles(planned: readonly PlannedObject[], texts: ReadonlyMap<string, string>): Fixed {
  const files: FixedFile[] = []
  const refused: Refused[] = []
  const costs: string[] = []
  for (const [file, objects] of Map.groupBy(planned, (one) => one.file)) {
    const before = texts.get(file)
    if (before === undefined) continue
    const budgets = objects.flatMap(({ budget }) => (budget === undefined ? [] : [budget]))
    const edits = objects.map(({ edit }) => edit).filter(({ additions }) => additions.length > 0)
    const edited = editManifests(
      before,
      edits,
      budgets.map(({ manifest }) => manifest)
    )
    const fixed = new Map(edited.refused.map(({ edit, why }) => [edit, why]))
    const written: string[] = []
    const mended: Result[] = []
    for (const object of objects) {
      const { name, value, edit, budget } = object
      const why = fixed.get(edit)
      if (why !== undefined) {
        refused.push({ file, object: name, why, snippet: additionSnippet(value, edit.additions) })
      } else if (edit.additions.length > 0) {
        written.push(`${name}: ${object.written}`)
        mended.push(...object.mended)
        costs.push(...object.costs.map((cost) => `${file}: ${cost}`))
      }
      if (budget === undefined) continue
      if (edited.refusedDocuments !== undefined) {
        const { why: reason } = edited.refusedDocuments
        refused.push({ file, object: `${name}: its budget`, why: reason, snippet: objectSnippet(budget.manifest) })
      } else {
        written.push(`${name}: a PodDisruptionBudget`)
        mended.push(...budget.mended)
      }
    }
    if (edited.text === before) continue
    files.push({ file, before, after: edited.text, insertions: edited.insertions, written, mended })
  }
  return { files, refused, costs }
}
