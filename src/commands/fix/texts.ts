import { oneLine } from '../../engine/text.ts'
import type { Result } from '../../report/report.ts'
import type { FixedFile, Refused } from './fix-files.ts'
import { decisionSnippet, type Snippet } from './snippet.ts'

/** `web.yaml: deployment/web: readiness-probe, pre-stop-sleep`. */
export function writtenLines(files: readonly FixedFile[]): string[] {
  return files.flatMap(({ file, written }) => written.map((one) => oneLine(`${file}: ${one}`)))
}

/** Why something is not written, and what to write by hand. */
export function refusedLines(refused: readonly Refused[]): string[] {
  return refused.flatMap(({ file, object, why, snippet }) => {
    return [oneLine(`${file}: ${object}: not written, because ${why}; add by hand:`), ...indented(snippet)]
  })
}

/** The findings that need a person, with the value to write where they name one. */
export function leftLines(left: readonly Result[]): string[] {
  return left.flatMap((result) => {
    const { location, severity, text } = result
    const place = location === undefined ? '' : `${location.file}:${location.line}:${location.column}: `
    return [oneLine(`${place}${severity}: ${text}`), ...indented(decisionSnippet(result) ?? [])]
  })
}

function indented(snippet: Snippet): string[] {
  return snippet.map((line) => `    ${line}`)
}

export interface Counts {
  files: number
  mended: number
  left: number
  /** Whether the files are written, or would be. */
  isWritten: boolean
  /** What is done about findings. */
  done: 'mended' | 'exempted'
}

/** `2 files written: 5 findings mended, 1 left`. */
export function summaryLine({ files, mended, left, isWritten, done }: Counts): string {
  const rest = left === 0 ? 'nothing left' : `${left} left`
  if (files === 0) return `nothing to write: ${rest}`
  const findings = `${mended} ${mended === 1 ? 'finding' : 'findings'} ${done}`
  return `${files} ${files === 1 ? 'file' : 'files'} ${isWritten ? 'written' : 'to write'}: ${findings}, ${rest}`
}
