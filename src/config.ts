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
  /** Returns the problems that keep the command from running with it. */
  validate?: (config: Config) => readonly string[]
}

/** Flags override the environment, which overrides the file, which overrides the defaults. Throws ConfigError with every problem. */
export function loadConfig({ policies, flags, environment, validate }: ConfigSources): Config {
  const schema = buildConfigSchema(policies)
  const json = toJsonSchema(schema)
  const settings = settingsOf(json)
  const file = flags.values.get('config') ?? environment[fileVariable] ?? ''
  const { content, problems } = contentOf(file)
  const given = [...readEnvironment(environment, settings), ...givenByFlags(flags, settings)]
  failOn([
    ...problems,
    ...problemsOfFile(file, content, schema, json),
    ...unknownVariables(environment, settings),
    ...given.flatMap((one) => problemsOfGiven(one, schema, json))
  ])
  // A copy without aliases: what one anchor stands for in two places is not one setting.
  const merged: unknown = JSON.parse(JSON.stringify(content))
  for (const { setting, value } of given) setValueAt(merged, setting.path, value)
  if (valueAt(merged, certificatesMode) === undefined)
    setValueAt(merged, certificatesMode, defaultCertificatesMode(environment))
  const config = schema.parse(merged)
  failOn(validate?.(config) ?? [])
  return config
}

const certificatesMode = ['certificates', 'mode']

/**
 * The default for who maintains the certificates. In a pod it is the controller: it has the rights, and its files are
 * mounted. Elsewhere it is the person who runs the process, so that a controller on a laptop never takes over a cluster's bundles.
 */
function defaultCertificatesMode(environment: Environment): 'self-managed' | 'files' {
  return (environment['KUBERNETES_SERVICE_HOST'] ?? '') === '' ? 'files' : 'self-managed'
}

function givenByFlags({ values, declared }: ParsedFlags, settings: readonly Setting[]): readonly Given[] {
  return declared.flatMap(({ name, key }) => {
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

function contentOf(file: string): { content: unknown; problems: readonly string[] } {
  try {
    return { content: file === '' ? {} : readConfigFile(file).content, problems: [] }
  } catch (error) {
    if (error instanceof ConfigError) return { content: {}, problems: error.problems }
    throw error
  }
}

function failOn(problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigError(problems)
}
