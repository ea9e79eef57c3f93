import type { Labels } from '../kube/label-selector.ts'
import type { Fact } from './facts.ts'
import { type Policy, type ProfileName, profileNames } from './policy.ts'
import { buildRuleset, type Overrides, type Ruleset } from './ruleset.ts'

const profileKey = 'holdfast.dev/profile'
const versionKey = 'holdfast.dev/profile-version'

/** The rulesets that there are. A policy is in the one it came with, and in all later ones. */
const versions: ReadonlySet<string> = new Set(['v1'])

/** The rules of a namespace, and what its owner should hear about its labels. */
export interface Chosen {
  ruleset: Ruleset
  notices: readonly string[]
}

/** Chooses by the labels of a namespace; what they do not say, or where they are unknown, is as configured. */
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

function label(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

function noticesOf(labels: Labels, fallback: ProfileName): readonly string[] {
  const notices: string[] = []
  const profile = label(labels, profileKey)
  if (profile !== undefined && !isProfile(profile)) {
    notices.push(`the namespace's label ${profileKey} names no profile: ${fallback} applies`)
  }
  const version = label(labels, versionKey)
  if (version !== undefined && version !== 'latest' && !versions.has(version)) {
    notices.push(`the namespace's label ${versionKey} names no known version: the latest applies`)
  }
  return notices
}

export function buildChooseRuleset({ policies, profile: fallback, overrides }: Choice): ChooseRuleset {
  const rulesets = new Map(profileNames.map((name) => [name, buildRuleset(policies, name, overrides)]))
  const chosen = (name: ProfileName, notices: readonly string[]): Chosen => {
    return { ruleset: rulesets.get(name) ?? buildRuleset(policies, name, overrides), notices }
  }
  const unlabelled = chosen(fallback, [])
  return (labels) => {
    if (!labels.known) return unlabelled
    const profile = label(labels.value, profileKey) ?? fallback
    return chosen(isProfile(profile) ? profile : fallback, noticesOf(labels.value, fallback))
  }
}
