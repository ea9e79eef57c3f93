import { type RulesetVersion, rulesetVersions } from './api.ts'

export const latestVersion: RulesetVersion = 'v2'

export function isRulesetVersion(text: string): text is RulesetVersion {
  return rulesetVersions.some((version) => version === text)
}

/** Whether what came with `since` is part of `version`. */
export function includes(version: RulesetVersion, since: RulesetVersion): boolean {
  return rulesetVersions.indexOf(since) <= rulesetVersions.indexOf(version)
}
