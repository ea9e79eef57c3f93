import { defaultCertificatesMode, modePath } from './config/certificates-mode.ts'
import { coerce, type Given } from './config/coerce.ts'
import { type Environment, fileVariable, readEnvironment, unknownVariables } from './config/environment.ts'
import { readConfigFile } from './config/file.ts'
import type { ParsedFlags } from './config/flags.ts'
import { ConfigError, problemsOf, toKey } from './config/problems.ts'
import { buildConfigSchema, type Config, type ConfigSchema } from './config/schema.ts'
import { type JsonSchema, type Setting, settingsOf, toJsonSchema } from './config/settings.ts'
import type { Policy } from './engine/policy.ts'
import { setValueAt, valueAt } from './kube/json.ts'

export { buildConfigSchema, type Config } from './config/schema.ts'
export { ConfigError } from './config/problems.ts'

export interface ConfigSources {
  policies: readonly Policy[]
  flags: ParsedFlags
  environment: Environment
  /** What a command cannot run with. */
  faultsOf?: (config: Config) => readonly string[]
}

function givenByFlags({ values, known }: ParsedFlags, settings: readonly Setting[]): readonly Given[] {
  return known.flatMap(({ name, key }) => {
    const text = values.get(name)
    const setting = settings.find((candidate) => candidate.key === key)
    if (text === undefined || setting === undefined) return []
    return [{ setting, value: coerce(setting, text), source: `--${name}` }]
  })
}

function problemsOfFile(file: string, content: unknown, schema: ConfigSchema, json: JsonSchema): readonly string[] {
  const { error } = schema.safeParse(content)
  const problems = error === undefined ? [] : problemsOf(error, content, json)
  return problems.map(({ path, text }) => `${file}: ${path.length === 0 ? text : `${toKey(path)}: ${text}`}`)
}

function problemsOfGiven({ setting, value, source }: Given, schema: ConfigSchema, json: JsonSchema): readonly string[] {
  const input = {}
  setValueAt(input, setting.path, value)
  const { error } = schema.safeParse(input)
  return error === undefined ? [] : problemsOf(error, input, json).map(({ text }) => `${source}: ${text}`)
}

function contentOf(file: string): { content: unknown; faults: readonly string[] } {
  try {
    return { content: file === '' ? {} : readConfigFile(file), faults: [] }
  } catch (error) {
    if (error instanceof ConfigError) return { content: {}, faults: error.problems }
    throw error
  }
}

function failOn(problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigError(problems)
}

/** Flags go before the environment, that before the file, that before the defaults. Throws ConfigError with every problem. */
export function loadConfig({ policies, flags, environment, faultsOf }: ConfigSources): Config {
  const schema = buildConfigSchema(policies)
  const json = toJsonSchema(schema)
  const settings = settingsOf(json)
  const file = flags.values.get('config') ?? environment[fileVariable] ?? ''
  const { content, faults } = contentOf(file)
  const given = [...readEnvironment(environment, settings), ...givenByFlags(flags, settings)]
  failOn([
    ...faults,
    ...problemsOfFile(file, content, schema, json),
    ...unknownVariables(environment, settings),
    ...given.flatMap((one) => problemsOfGiven(one, schema, json))
  ])
  // A copy without aliases: what one anchor stands for in two places is not one setting.
  const whole: unknown = JSON.parse(JSON.stringify(content))
  for (const { setting, value } of given) setValueAt(whole, setting.path, value)
  if (valueAt(whole, modePath) === undefined) setValueAt(whole, modePath, defaultCertificatesMode(environment))
  const config = schema.parse(whole)
  failOn(faultsOf?.(config) ?? [])
  return config
}
