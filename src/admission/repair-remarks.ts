import { addedParts } from '../engine/added-parts.ts'
import { cutName, longestText } from '../engine/finding.ts'
import type { Injection } from '../engine/injection/injection.ts'
import { oneLine } from '../engine/text.ts'

/** The one warning about a repair: `deployment/web: holdfast added readinessProbe, preStop, 2 spread constraints`. None if nothing is new. */
export function repairRemarks(object: string, { added, updated }: Injection): readonly string[] {
  const clauses = [...clause('added', addedParts(added)), ...clause('updated', addedParts(updated))]
  if (clauses.length === 0) return []
  const text = `: holdfast ${clauses.join('; ')}`
  return [`${cutName(oneLine(object), longestText - text.length)}${text}`]
}

function clause(verb: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [`${verb} ${parts.join(', ')}`]
}
