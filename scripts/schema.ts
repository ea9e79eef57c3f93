// Writes docs/config.schema.json and the tables of docs/configuration.md from the schema that the configuration is checked with, and
// the schema of the chart's values and the table of them from scripts/chart-values.ts. With --check it writes nothing and fails
// where they differ.
import { readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'
import { buildConfigSchema } from '../src/config/schema.ts'
import { choicesOf, expectationOf, type Setting, settingsOf, toJsonSchema } from '../src/config/settings.ts'
import { controllerFlags } from '../src/config/controller-flags.ts'
import { webhookFlags } from '../src/config/webhook-flags.ts'
import { profileNames } from '../src/engine/api.ts'
import { policies } from '../src/policies/index.ts'
import { describedValues, valuesSchema } from './chart-values.ts'

const lineWidth = 120
const schema = toJsonSchema(buildConfigSchema(policies))
const chartSchema = valuesSchema(schema)

/** JSON as the formatter has it: a list of plain values stands on one line where it fits. */
function toJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replaceAll(/^.*\[\n[^[\]{}]*\n *\],?$/gm, (list) => {
    const line = list
      .replace(/\[\n */, '[')
      .replace(/\n *\]/, ']')
      .replaceAll(/\n */g, ' ')
    return line.length <= lineWidth ? line : list
  })}\n`
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n')
}

function valuesOf({ schema: { title, ...setting } }: Setting): string {
  const choices = choicesOf(setting)
  return choices.length > 0 ? choices.map(code).join(' ') : (title ?? expectationOf(setting))
}

function defaultOf({ schema: { default: value } }: Setting): string {
  return value === undefined ? '' : code(typeof value === 'string' ? value : JSON.stringify(value))
}

function flagOf({ key }: Setting): string {
  const flag = [...webhookFlags, ...controllerFlags].find((candidate) => candidate.key === key)
  return flag === undefined ? '' : code(`--${flag.name}`)
}

function settingsTable(): string {
  const settings = settingsOf(schema).filter(({ path }) => path[0] !== 'policies')
  return table(
    ['key', 'variable', 'flag', 'values', 'default', 'meaning'],
    settings.map((setting) => [
      code(setting.key),
      code(setting.variable),
      flagOf(setting),
      valuesOf(setting),
      defaultOf(setting),
      setting.schema.description ?? ''
    ])
  )
}

function policiesTable(): string {
  const severities = policies.map((policy) => [code(policy.id), ...profileNames.map((name) => policy.profiles[name])])
  return table(['policy', ...profileNames], severities)
}

function parametersTable(): string {
  const settings = settingsOf(schema).filter(({ path }) => path[0] === 'policies' && path[2] !== 'severity')
  return table(
    ['key', 'values', 'meaning'],
    settings.map((setting) => [code(setting.key), valuesOf(setting), setting.schema.description ?? ''])
  )
}

function valuesTable(): string {
  const defaults: unknown = parse(readFileSync('deploy/chart/values.yaml', 'utf8'))
  const rows = describedValues(chartSchema).map(([path, meaning]) => {
    const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], defaults)
    return [code(path), value === undefined || value === '' ? '' : code(JSON.stringify(value)), meaning]
  })
  return table(['value', 'default', 'meaning'], rows)
}

function between(file: string, name: string, content: string, text = readFileSync(file, 'utf8')): string {
  const begin = `<!-- ${name}: written by npm run schema -->\n`
  const end = `\n<!-- end of ${name} -->`
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${file}: the place for ${name} is gone`)
  return text.slice(0, from + begin.length) + content + text.slice(to)
}

function documentation(file: string): string {
  const tables = { settings: settingsTable(), policies: policiesTable(), parameters: parametersTable() }
  const text = readFileSync(file, 'utf8')
  return Object.entries(tables).reduce((whole, [name, content]) => between(file, name, content, whole), text)
}

function current(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // not there yet, so it differs
  }
}

const files: Readonly<Record<string, string>> = {
  'docs/config.schema.json': toJson({ title: 'Configuration of Holdfast', ...schema }),
  'docs/configuration.md': documentation('docs/configuration.md'),
  'deploy/chart/values.schema.json': toJson(chartSchema),
  'deploy/chart/README.md': between('deploy/chart/README.md', 'values', valuesTable())
}
const check = process.argv.includes('--check')
for (const [file, text] of Object.entries(files)) {
  if (current(file) === text) continue
  if (check) {
    console.error(`${file} differs from the schema; npm run schema writes it`)
    process.exitCode = 1
  } else {
    writeFileSync(file, text)
  }
}
