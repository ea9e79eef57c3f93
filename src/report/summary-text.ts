import type { Summary } from './report.ts'

/** `12 files, 9 objects: 3 required, 5 advised, 1 unknown; 4 fixable with holdfast fix`. */
export function summaryText(summary: Summary): string {
  const mender = summary.files === 0 ? 'by inject' : 'with holdfast fix'
  const fixable = summary.fixable === 0 ? '' : `; ${summary.fixable} fixable ${mender}`
  return `${inputText(summary)}: ${countsText(summary)}${fixable}`
}

/** What was read: `12 files, 9 objects`; only `9 objects` of a cluster. */
export function inputText({ files, objects }: Summary): string {
  const read = files === 0 ? '' : `${counted(files, 'file')}, `
  return `${read}${counted(objects, 'object')}`
}

/** What was found: `3 required, 5 advised`, or `no findings`. */
export function countsText({ required, advised, unknown }: Summary): string {
  const counts = Object.entries({ required, advised, unknown }).filter(([, count]) => count > 0)
  return counts.length === 0 ? 'no findings' : counts.map(([name, count]) => `${count} ${name}`).join(', ')
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
