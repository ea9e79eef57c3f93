import { describedValues, type valuesSchema } from '../chart-values.ts'
import { code, table } from './markdown.ts'

/** The table of deploy/chart/README.md: every value with what values.yaml has for it. */
export function valuesTable(schema: ReturnType<typeof valuesSchema>, defaults: unknown): string {
  const rows = describedValues(schema).map(([path, meaning]) => {
    const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], defaults)
    return [code(path), value === undefined || value === '' ? '' : code(JSON.stringify(value)), meaning]
  })
  return table(['value', 'default', 'meaning'], rows)
}
