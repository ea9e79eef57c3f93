import { controllerFlags } from '../../src/config/controller-flags.ts'
import { choicesOf, expectationOf, type JsonSchema, type Setting, settingsOf } from '../../src/config/settings.ts'
import { webhookFlags } from '../../src/config/webhook-flags.ts'
import { profileNames } from '../../src/engine/api.ts'
import type { Policy } from '../../src/engine/policy.ts'
import { code, table } from './markdown.ts'

/** The tables of docs/configuration.md. */
export function configurationParts(schema: JsonSchema, policies: readonly Policy[]): Readonly<Record<string, string>> {
  const settings = settingsOf(schema)
  return {
    settings: settingsTable(settings.filter(({ path }) => path[0] !== 'policies')),
    policies: severitiesTable(policies),
    parameters: parametersTable(settings.filter(({ path }) => path[0] === 'policies' && path[2] !== 'severity'))
  }
}

function settingsTable(settings: readonly Setting[]): string {
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

function severitiesTable(policies: readonly Policy[]): string {
  const severities = policies.map((policy) => [code(policy.id), ...profileNames.map((name) => policy.profiles[name])])
  return table(['policy', ...profileNames], severities)
}

function parametersTable(settings: readonly Setting[]): string {
  return table(
    ['key', 'values', 'meaning'],
    settings.map((setting) => [code(setting.key), valuesOf(setting), setting.schema.description ?? ''])
  )
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
