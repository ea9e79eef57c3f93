import { label, type Labels } from '../kube/label-selector.ts'
import { profileKey, type ProfileName, profileNames, profileVersionKey, type RulesetVersion, unpinned } from './api.ts'
import type { Fact } from '../inventory/fact.ts'
import type { Policy } from './policy.ts'
import { buildRuleset, type Overrides, type Ruleset } from './ruleset.ts'
import { isRulesetVersion, latestVersion } from './version.ts'

/** The rules of a namespace, and remarks about its labels for its owner. */
export interface Chosen {
  ruleset: Ruleset
  remarks: readonly string[]
}

/** Chooses the rules by the labels of a namespace. Missing or unknown labels leave the choice to the configuration. */
export type ChooseRuleset = (labels: Fact<Labels>) => Chosen

export interface Choice {
  policies: readonly Policy[]
  /** For namespaces that name no profile. */
  profile: ProfileName
  overrides?: Overrides
}

function isProfile(name: string): name is ProfileName {
  return profileNames.some((profile) => profile === name)
}

function remarksOn(labels: Labels, fallback: ProfileName): readonly string[] {
  const remarks: string[] = []
  const profile = label(labels, profileKey)
  if (profile !== undefined && !isProfile(profile)) {
    remarks.push(`label ${profileKey} names no profile: ${fallback} applies`)
  }
  const version = label(labels, profileVersionKey)
  if (version !== undefined && version !== unpinned && !isRulesetVersion(version)) {
    remarks.push(`label ${profileVersionKey} names no version: ${latestVersion}, the latest, applies`)
  }
  return remarks
}

/** The version that a namespace pins; the latest if it pins none, or one that does not exist. */
function versionOf(labels: Labels): RulesetVersion {
  const version = label(labels, profileVersionKey) ?? latestVersion
  return isRulesetVersion(version) ? version : latestVersion
}

export function buildChooseRuleset({ policies, profile: fallback, overrides }: Choice): ChooseRuleset {
  const built = new Map<string, Ruleset>()
  const find = (name: ProfileName, version: RulesetVersion): Ruleset => {
    const key = `${name} ${version}`
    const ruleset = built.get(key) ?? buildRuleset(policies, name, overrides, version)
    built.set(key, ruleset)
    return ruleset
  }
  const unlabelled: Chosen = { ruleset: find(fallback, latestVersion), remarks: [] }
  return (labels) => {
    if (!labels.known) return unlabelled
    const profile = label(labels.value, profileKey) ?? fallback
    const ruleset = find(isProfile(profile) ? profile : fallback, versionOf(labels.value))
    return { ruleset, remarks: remarksOn(labels.value, fallback) }
  }
}
