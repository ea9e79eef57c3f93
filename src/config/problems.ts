import type * as z from 'zod'
import { valueAt } from '../kube/json.ts'
import { didYouMean } from '../engine/nearest.ts'
import { choicesOf, expectationOf, type JsonSchema, schemaAt } from './settings.ts'

export { ConfigError } from './config-error.ts'

const longestList = 24

/** A problem and where it is, as a path below the root. */
export interface Problem {
  path: readonly PropertyKey[]
  text: string
}

/** `policies.min-replicas`, `exemptions.forbidden[0]`. */
export function toKey(path: readonly PropertyKey[]): string {
  const parts = path.map((token, index) => {
    if (typeof token === 'number') return `[${token}]`
    return index === 0 ? printable(String(token)) : `.${printable(String(token))}`
  })
  return parts.join('')
}

function printable(text: string): string {
  const visible = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return visible.length > 60 ? `${visible.slice(0, 57)}...` : visible
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  return typeof value === 'number' ? String(value) : printable(JSON.stringify(value))
}

function unknownKey(schema: JsonSchema, path: readonly PropertyKey[], key: string): Problem {
  const isPolicies = path.length === 1 && path[0] === 'policies'
  const keys = Object.keys(schema.properties ?? {})
  const near = didYouMean(key, keys)
  const all = keys.length > longestList ? '' : `; expected one of ${keys.join(', ')}`
  return { path: [...path, key], text: `no such ${isPolicies ? 'policy' : 'key'}${near === '' ? all : near}` }
}

function hintFor(schema: JsonSchema, value: unknown): string {
  const choices = choicesOf(schema)
  if (typeof value === 'string') return didYouMean(value, choices)
  if (value === false && choices.includes('off'))
    return '; put "off" in quotes, because some YAML parsers read it as false'
  if (typeof value === 'number' && schema.type === 'string' && choices.length === 0) {
    return '; put it in quotes, because YAML reads 1.30 as 1.3'
  }
  return ''
}

/** Translates the errors of the schema into our words. `input` is the checked value. */
export function problemsOf(error: z.ZodError, input: unknown, root: JsonSchema): readonly Problem[] {
  return error.issues.flatMap((issue) => {
    const schema = schemaAt(root, issue.path)
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(schema, issue.path, key))
    const value = valueAt(input, issue.path.map(toToken))
    const expectation = expectationOf(schema)
    if (value === null) return [{ path: issue.path, text: `is empty; expected ${expectation}` }]
    return [{ path: issue.path, text: `${shown(value)} is not ${expectation}${hintFor(schema, value)}` }]
  })
}

function toToken(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : String(key)
}
