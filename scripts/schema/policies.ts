import { textOf } from '../../src/config/schema.ts'
import { exemptPrefix, exemptUntilKey, type ProfileName, profileNames } from '../../src/engine/api.ts'
import { commonParameters, type Parameter, type Parameters, type Policy } from '../../src/engine/policy.ts'
import { code, table, withoutParts } from './markdown.ts'

/** By policy: of how many manifests it says something, and how many it judges. */
export type Counts = Readonly<Record<string, { speaks: number; judges: number }>>

/** The tables of docs/policies/README.md. Throws where a count is of no policy. */
export function listParts(policies: readonly Policy[], counts: Counts): Readonly<Record<string, string>> {
  const ids = new Set(policies.map(({ id }) => id))
  for (const id of Object.keys(counts))
    if (!ids.has(id)) throw new Error(`policy-counts.json counts ${id}, which is no policy`)
  return {
    policies: table(['policy', 'requires', ...profileNames, 'repaired', 'since'], policies.map(listRow)),
    frequency: table(
      ['policy', 'speaks of', 'share'],
      policies.flatMap(({ id }) => (counts[id] === undefined ? [] : [countRow(id, counts[id])]))
    )
  }
}

function countRow(id: string, { speaks, judges }: Counts[string]): string[] {
  const share = Math.round((100 * speaks) / judges)
  return [`[${code(id)}](${id}.md)`, `${speaks} of ${judges}`, speaks > 0 && share === 0 ? '< 1 %' : `${share} %`]
}

/** What the page of a policy has from its declaration. A common parameter has a row where the prose of the page names it. */
export function pageParts(policy: Policy, page: string): Readonly<Record<string, string>> {
  return {
    title: `# ${code(policy.id)}\n\n${policy.title}.`,
    profiles: profilesOf(policy),
    kinds: codes(policy.appliesTo),
    parameters: parametersOf(policy, withoutParts(page)),
    injects: injectsOf(policy),
    exemption: exemptionOf(policy)
  }
}

function listRow({ id, title, profiles, injects, since }: Policy): string[] {
  const repaired = injects.length === 0 ? 'no' : 'yes'
  return [`[${code(id)}](${id}.md)`, title, ...profileNames.map((name) => profiles[name]), repaired, since]
}

function codes(names: readonly string[]): string {
  return names.map(code).join(', ')
}

function profilesOf({ profiles, since, atMost }: Policy): string {
  const levels = table(profileNames, [profileNames.map((name) => profiles[name])])
  const never = atMost === undefined ? '' : ' It is never required: a configuration that makes it so is refused.'
  return `${levels}\n\nIn the profiles from version ${code(since)} on.${never}`
}

function parametersOf({ parameters }: Policy, prose: string): string {
  const common = rowsOf(commonParameters, 'common.').filter(([name = '']) => prose.includes(name))
  const rows = [...rowsOf(parameters), ...common]
  return rows.length === 0 ? 'None.' : table(['name', 'values', ...profileNames, 'meaning'], rows)
}

function rowsOf(parameters: Parameters, prefix = ''): string[][] {
  return Object.entries(parameters).map(([name, parameter]) => {
    const value = (profile: ProfileName): string => textOf(parameter.profiles?.[profile] ?? parameter.default)
    return [code(`${prefix}${name}`), valuesOf(parameter), ...profileNames.map(value), meaningOf(parameter)]
  })
}

function valuesOf(parameter: Parameter): string {
  if (parameter.type === 'choice') return parameter.choices.map(code).join(' ')
  if (parameter.type === 'list') return `a list; each ${parameter.items.title}`
  return `${parameter.minimum} to ${parameter.maximum}`
}

/** Says what a parameter is in a namespace that pins an older version. */
function meaningOf({ description, versions = {} }: Parameter): string {
  const pinned = Object.entries(versions).map(([version, value]) => `${code(version)}: ${textOf(value)}`)
  return pinned.length === 0 ? description : `${description} (${pinned.join(', ')})`
}

function injectsOf({ injects, appliesTo }: Policy): string {
  if (injects.length === 0) return 'Nothing.'
  const below = appliesTo.every((kind) => kind === 'PodDisruptionBudget') ? 'spec' : 'pod spec'
  return `Below the ${below}: ${codes(injects)}.`
}

function exemptionOf({ id }: Policy): string {
  return `\`\`\`yaml
metadata:
  annotations:
    ${exemptPrefix}${id}: "<the reason>"
    ${exemptUntilKey}: "2027-01-31" # if it ends
\`\`\``
}
