import { oneLine } from '../engine/text.ts'
import { countedResults } from './counted.ts'
import { fingerprintsOf } from './fingerprint.ts'
import { toJsonText } from './json.ts'
import type { Format, Incomplete, Result } from './report.ts'

const severities = { required: 'major', advised: 'minor', unknown: 'info' } as const

interface Entry {
  description: string
  check_name: string
  fingerprint: string
  severity: 'critical' | (typeof severities)[keyof typeof severities]
  location: { path: string; lines: { begin: number } }
}

/**
 * A GitLab Code Quality report. GitLab shows neither `check_name` nor the second of equal fingerprints, so the description names the
 * policy, and each fingerprint is unique. Results that do not count are left out: GitLab has no word for them.
 */
export const gitlab: Format = (report) => {
  const results = countedResults(report)
  const fingerprints = fingerprintsOf(results)
  const entries = results.map((result, index) => entryOf(result, fingerprints[index] ?? ''))
  return toJsonText([...report.incomplete.map(incompleteEntry), ...entries])
}

function entryOf(result: Result, fingerprint: string): Entry {
  const { location, policy, severity, text } = result
  const path = location === undefined ? clusterPath(result) : relative(location.file)
  return {
    description: oneLine(text),
    check_name: policy,
    fingerprint: `${path} ${fingerprint}`,
    severity: severities[severity],
    location: { path, lines: { begin: location?.line ?? 1 } }
  }
}

/** What a merge request must not hide: fewer results because fewer files were read. */
function incompleteEntry({ file, line = 1, problem }: Incomplete): Entry {
  const path = file === '' ? '.' : relative(file)
  return {
    description: oneLine(`[incomplete] ${problem}`),
    check_name: 'incomplete',
    fingerprint: `${path} incomplete ${line} ${problem}`,
    severity: 'critical',
    location: { path, lines: { begin: line } }
  }
}

/** GitLab links no path that begins with `./`. */
function relative(file: string): string {
  return file.replace(/^(?:\.\/)+/, '')
}

/** Every entry has a path; that of an object of a cluster leads to no file. */
function clusterPath({ object: { kind, namespace, name } }: Result): string {
  return [namespace, kind, name].filter((part) => part !== '').join('/') || '.'
}
