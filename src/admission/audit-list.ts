import { type Finding, findingItem } from '../engine/finding.ts'
import type { Injected } from '../engine/injection/record.ts'

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
