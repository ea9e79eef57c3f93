import type { LabelSelector, Requirement } from './label-selector.ts'

const key = String.raw`(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?`
const value = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?`
const equality = new RegExp(`^(${key})\\s*(==|=|!=)\\s*(${value})$`)
const membership = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(\\s*(${value}(?:\\s*,\\s*${value})*)\\s*\\)$`)
const existence = new RegExp(`^(!?)\\s*(${key})$`)

/** Reads a selector as kubectl writes it: `app=web,tier in (a, b),!canary`. Undefined if it is none. */
export function parseSelectorText(text: string): LabelSelector | undefined {
  const matchExpressions: Requirement[] = []
  for (const part of partsOf(text)) {
    const requirement = requirementOf(part)
    if (requirement === undefined) return undefined
    matchExpressions.push(requirement)
  }
  return matchExpressions.length === 0 ? undefined : { matchExpressions }
}

/** A comma parts requirements, but not within parentheses. */
function partsOf(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim())
}

function requirementOf(part: string): Requirement | undefined {
  const equal = equality.exec(part)
  if (equal !== null) {
    const [, name = '', operator, wanted = ''] = equal
    return { key: name, operator: operator === '!=' ? 'NotIn' : 'In', values: [wanted] }
  }
  const member = membership.exec(part)
  if (member !== null) {
    const [, name = '', operator, values = ''] = member
    return {
      key: name,
      operator: operator === 'in' ? 'In' : 'NotIn',
      values: values.split(',').map((one) => one.trim())
    }
  }
  const exists = existence.exec(part)
  if (exists === null) return undefined
  const [, not, name = ''] = exists
  return { key: name, operator: not === '!' ? 'DoesNotExist' : 'Exists' }
}
