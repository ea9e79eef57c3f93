import { type Finding, findingItem } from '../engine/finding.ts'
import type { Injected } from '../engine/injection/record.ts'
import { arePlain, verbatim } from './plain-text.ts'

/** As much as ValidatingAdmissionPolicy allows one audit annotation. */
const auditLength = 10 * 1024

/** A finding as the audit annotation has it, its keys in this order; an uncertain one with its reason. */
export function toAuditFinding({ policy, severity, field, problem, fix, certainty }: Finding): object {
  if (certainty.kind === 'certain') return { policy, severity, field, problem, fix }
  return { policy, severity, field, problem, fix, reason: certainty.reason }
}

/** A value that a repair would put in, its keys in this order; one that costs something with the warning that would say so. */
export function toAuditInjection(injected: Injected): object {
  const { policy, at, value } = injected
  const [cost] = costOf(injected)
  return { policy, at, value, ...(cost !== undefined && { warning: findingItem(cost) }) }
}

/** What an injected value costs, as a finding: a warning, whatever the profile. */
export function costOf({ policy, tells }: Injected): Finding[] {
  return tells === undefined ? [] : [{ policy, severity: 'advised', ...tells, certainty: { kind: 'certain' } }]
}

/**
 * The findings as `auditList(findings.map(toAuditFinding))` has them, as a string of JSON. They are the longest part of most answers: to
 * write the list, and then the string, takes twice as long. `plain`: whether all their texts are plain.
 */
export function auditFindings(findings: readonly Finding[], plain = arePlain(findings)): string {
  const write = plain ? verbatim : inString
  let items = ''
  for (const finding of findings) items += (items === '' ? '' : ',') + findingInString(finding, write)
  const text = `"[${items}]"`
  // A character takes three bytes at most.
  return text.length * 3 <= auditLength ? text : JSON.stringify(auditList(findings.map(toAuditFinding)))
}

/** Ids of policies, severities and reasons are plain words. */
function findingInString(finding: Finding, write: (text: string) => string): string {
  const { policy, severity, field, problem, fix, certainty } = finding
  const end = certainty.kind === 'certain' ? '\\"}' : `\\",\\"reason\\":\\"${certainty.reason}\\"}`
  return `{\\"policy\\":\\"${policy}\\",\\"severity\\":\\"${severity}\\",\\"field\\":\\"${write(field)}\\",\\"problem\\":\\"${write(problem)}\\",\\"fix\\":\\"${write(fix)}${end}`
}

/** A text that may not be plain, in a string of JSON that is itself JSON. */
function inString(text: string): string {
  return escaped.test(text) ? JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1) : text
}

/** What JSON escapes, and a few characters that it does not. */
const escaped = /[^\x20\x21\x23-\x5b\x5d-\x7e]/

/** A JSON list within the length of an audit annotation; what does not fit is counted in a last item. */
export function auditList(items: readonly unknown[]): string {
  const whole = JSON.stringify(items)
  // A character takes three bytes at most.
  if (whole.length * 3 <= auditLength) return whole
  const texts: string[] = []
  let room = auditLength - '{"more":}'.length - 16
  for (const item of items) {
    const text = JSON.stringify(item)
    room -= Buffer.byteLength(text) + 1
    if (room < 0) break
    texts.push(text)
  }
  const rest = items.length - texts.length
  return `[${(rest === 0 ? texts : [...texts, `{"more":${rest}}`]).join(',')}]`
}
