import * as z from 'zod'

export type JsonSchema = z.core.JSONSchema.BaseSchema

/** One value that can be set, as its schema describes it. */
export interface Setting {
  path: readonly string[]
  /** As the file has it: `server.port`. */
  key: string
  /** As the environment has it: `HOLDFAST_SERVER_PORT`. */
  variable: string
  schema: JsonSchema
}

/** The JSON Schema of the configuration file. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' })
}

function variableOf(path: readonly string[]): string {
  const words = path.map((token) => token.replace('MiB', 'Mib').replaceAll(/([a-z])([A-Z])/g, '$1_$2'))
  return ['HOLDFAST', ...words].join('_').replaceAll('-', '_').toUpperCase()
}

function propertiesOf(schema: JsonSchema): [string, JsonSchema][] {
  const properties = Object.entries(schema.properties ?? {})
  return properties.flatMap(([name, below]) => (typeof below === 'object' ? [[name, below]] : []))
}

/** Every value that can be set, in the order of the schema. */
export function settingsOf(schema: JsonSchema, path: readonly string[] = []): readonly Setting[] {
  if (schema.type !== 'object') return [{ path, key: path.join('.'), variable: variableOf(path), schema }]
  return propertiesOf(schema).flatMap(([name, below]) => settingsOf(below, [...path, name]))
}

/** The schema at a path of the file; list positions are numbers. */
export function schemaAt(root: JsonSchema, path: readonly PropertyKey[]): JsonSchema {
  let schema = root
  for (const token of path) {
    const below = typeof token === 'number' ? schema.items : schema.properties?.[String(token)]
    if (typeof below !== 'object' || Array.isArray(below)) return {}
    schema = below
  }
  return schema
}

/** The values that a schema lists, as text. */
export function choicesOf(schema: JsonSchema): readonly string[] {
  return (schema.enum ?? []).filter((choice) => typeof choice === 'string')
}

/** What a value must be, to follow `is not`: `a whole number from 0 to 65535`. */
export function expectationOf(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title
  const choices = choicesOf(schema)
  if (choices.length > 0) return `one of ${choices.join(', ')}`
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return 'true or false'
  return schema.type === 'object' ? 'a mapping' : 'a string'
}
