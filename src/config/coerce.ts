import type { Setting } from './settings.ts'

/** A setting with the value that the environment or a flag gives it, and the name under which it is given. */
export interface Given {
  setting: Setting
  value: unknown
  source: string
}

/** Reads a text as the kind of value that the setting is. What cannot be read stays text, for the schema to refuse. */
export function coerce({ schema }: Setting, text: string): unknown {
  const written = text.trim()
  if (schema.type === 'integer') return /^-?\d{1,15}$/.test(written) ? Number(written) : text
  if (schema.type === 'boolean') return written === 'true' ? true : written === 'false' ? false : text
  if (schema.type !== 'array') return text
  return written.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
}
