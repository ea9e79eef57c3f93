/**
 * The versions of the policies, oldest first. A policy, a parameter or an amendment belongs to the version that it came with; a
 * namespace that pins an older one does not hear of it.
 */
export const rulesetVersions = ['v1', 'v2'] as const
export type RulesetVersion = (typeof rulesetVersions)[number]

export const latestVersion: RulesetVersion = 'v2'

export function isRulesetVersion(text: string): text is RulesetVersion {
  return rulesetVersions.some((version) => version === text)
}

/** Whether what came with `since` is part of `version`. */
export function includes(version: RulesetVersion, since: RulesetVersion): boolean {
  return rulesetVersions.indexOf(since) <= rulesetVersions.indexOf(version)
}
