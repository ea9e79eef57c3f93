import { isWorkload } from '../kube/workload.ts'
import type { Finding } from './finding.ts'
import type { Subject } from './policy.ts'

/** The required findings before the others: a reader may stop early. Otherwise the order stays, which is that of the policies. */
export function byWeight(findings: readonly Finding[]): readonly Finding[] {
  if (isByWeight(findings)) return findings
  const sorted: Finding[] = []
  for (const finding of findings) if (isRequired(finding)) sorted.push(finding)
  for (const finding of findings) if (!isRequired(finding)) sorted.push(finding)
  return sorted
}

function isByWeight(findings: readonly Finding[]): boolean {
  let wasRequired = true
  for (const finding of findings) {
    const required = isRequired(finding)
    if (required && !wasRequired) return false
    wasRequired = required
  }
  return true
}

function isRequired({ severity }: Finding): boolean {
  return severity === 'required'
}

const container = /(?<=^|\.)containers\[[^\]]*\]/

/**
 * The findings as lines that people read: where all containers of a pod fall short in the same way, one line says so, with
 * `containers[*]` in its field. Not of required findings: each of those can deny.
 */
export function inShort(findings: readonly Finding[], subject: Subject): readonly Finding[] {
  const { length } = (isWorkload(subject) ? subject.podSpec.containers : undefined) ?? []
  if (length < 2 || findings.length < length) return findings
  const alike = new Map<string, number>()
  const keys = findings.map((finding) => keyOf(finding))
  for (const key of keys) if (key !== undefined) alike.set(key, (alike.get(key) ?? 0) + 1)
  const said = new Set<string>()
  return findings.flatMap((finding, index) => {
    const key = keys[index]
    if (key === undefined || alike.get(key) !== length) return [finding]
    if (said.has(key)) return []
    said.add(key)
    return [{ ...finding, field: finding.field.replace(container, 'containers[*]') }]
  })
}

/** What a finding says of its container, whichever that is; undefined where it is of no container, or required. */
function keyOf({ policy, severity, field, problem, fix, certainty }: Finding): string | undefined {
  if (severity === 'required' || !container.test(field)) return undefined
  return JSON.stringify([policy, severity, field.replace(container, ''), problem, fix, certainty])
}
