import type { FactName } from '../inventory/facts/index.ts'
import { type ProfileName, profileNames, type RulesetVersion } from './api.ts'
import {
  commonParameters,
  type Parameter,
  type Parameters,
  type ParameterValue,
  type Policy,
  type Requirement,
  type SubjectKind
} from './policy.ts'
import { includes, latestVersion } from './version.ts'

/** A policy with the severity and parameters of one profile and the configuration. */
export interface Rule {
  policy: Policy
  severity: Exclude<Requirement, 'off'>
  parameters: Readonly<Record<string, ParameterValue>>
}

/** A rule whose policy has a remedy. */
export interface RepairRule extends Rule {
  policy: Policy & Required<Pick<Policy, 'remedy'>>
}

/** What the configuration overrides of one policy; the rest comes from the profile. */
export interface Override {
  severity?: Requirement
  parameters?: Readonly<Record<string, ParameterValue>>
}

/** The rules of a profile for each kind of subject, in list order. */
export interface Ruleset {
  profile: ProfileName
  version: RulesetVersion
  rulesFor: (kind: SubjectKind) => readonly Rule[]
  /** Those of `rulesFor` that repair. */
  repairsFor: (kind: SubjectKind) => readonly RepairRule[]
  /** Whether a policy, on or off, declares that it injects at this place below the pod spec. */
  mayInject: (policy: string, at: string) => boolean
}

/** A profile in one version. */
export interface Edition {
  profile: ProfileName
  version: RulesetVersion
}

function valueOf({ versions, profiles, default: value }: Parameter, { profile, version }: Edition): ParameterValue {
  return versions?.[version] ?? profiles?.[profile] ?? value
}

function defaultsOf(parameters: Parameters, edition: Edition): Rule['parameters'] {
  return Object.fromEntries(Object.entries(parameters).map(([name, parameter]) => [name, valueOf(parameter, edition)]))
}

/** What the configuration overrides of the declared profiles. */
export interface Overrides {
  policies: ReadonlyMap<string, Override>
  /** Values for commonParameters. */
  common: Readonly<Record<string, ParameterValue>>
}

/** The facts that policies read in any profile: a namespace may choose each of them. Nobody reads those of a policy that is off in all. */
export function factsReadBy(policies: readonly Policy[], overrides: Overrides['policies']): ReadonlySet<FactName> {
  const isEverOn = ({ id, profiles }: Policy): boolean => {
    const severity = overrides.get(id)?.severity
    return profileNames.some((profile) => (severity ?? profiles[profile]) !== 'off')
  }
  return new Set(policies.filter(isEverOn).flatMap(({ needs }) => needs))
}

/** Matches the places that a policy declares, with `*` for the name of any container. */
function placeTest(declared: string): (at: string) => boolean {
  const [head = '', tail] = declared.split('*')
  if (tail === undefined) return (at) => at === declared
  return (at) => at.startsWith(head) && at.endsWith(tail) && at.indexOf(']') === at.length - tail.length
}

function repairs(rule: Rule): rule is RepairRule {
  return rule.policy.remedy !== undefined
}

function isAmong(places: readonly ((at: string) => boolean)[], at: string): boolean {
  for (const isPlace of places) if (isPlace(at)) return true
  return false
}

/** Builds the rules of a profile. It leaves out policies that are off, or newer than the version. The configuration always applies. */
export function buildRuleset(
  policies: readonly Policy[],
  profile: ProfileName,
  overrides: Overrides = { policies: new Map(), common: {} },
  version = latestVersion
): Ruleset {
  const edition = { profile, version }
  const common = { ...defaultsOf(commonParameters, edition), ...overrides.common }
  const rules: Rule[] = policies.flatMap((policy) => {
    const { severity = policy.profiles[profile], parameters } = overrides.policies.get(policy.id) ?? {}
    if (severity === 'off' || !includes(version, policy.since)) return []
    return [{ policy, severity, parameters: { ...common, ...defaultsOf(policy.parameters, edition), ...parameters } }]
  })
  const byKind = new Map<SubjectKind, { all: readonly Rule[]; repairs: readonly RepairRule[] }>()
  for (const kind of new Set(rules.flatMap(({ policy }) => policy.appliesTo))) {
    const all = rules.filter(({ policy }) => policy.appliesTo.includes(kind))
    byKind.set(kind, { all, repairs: all.filter(repairs) })
  }
  const places = new Map(policies.map(({ id, injects }) => [id, injects.map(placeTest)]))
  return {
    profile,
    version,
    rulesFor: (kind) => byKind.get(kind)?.all ?? [],
    repairsFor: (kind) => byKind.get(kind)?.repairs ?? [],
    mayInject: (policy, at) => isAmong(places.get(policy) ?? [], at)
  }
}
