import { annotation, type Metadata } from '../kube/metadata.ts'
import { parseVoters, type Voters } from '../kube/quorum.ts'

/** The prefix of all our labels and annotations. */
export const keyPrefix = 'holdfast.dev/'

/** Label of a namespace: its mode, by which the API server routes. */
export const modeKey = 'holdfast.dev/mode'
export const modes = ['audit', 'warn', 'enforce'] as const
/** What Holdfast does about findings in a namespace. */
export type Mode = (typeof modes)[number]
/** The mode of a namespace that opts out where the configuration has a default mode. */
export const modeOff = 'off'

/** Label of a namespace: its profile. */
export const profileKey = 'holdfast.dev/profile'
export const profileNames = ['baseline', 'standard', 'critical'] as const
export type ProfileName = (typeof profileNames)[number]

/** Label of a namespace: the released ruleset that its profile is pinned to. */
export const profileVersionKey = 'holdfast.dev/profile-version'
/**
 * The versions of the policies, oldest first. A policy, a parameter or an amendment belongs to the version that introduced it; it does
 * not apply in a namespace that pins an older version.
 */
export const rulesetVersions = ['v1', 'v2'] as const
export type RulesetVersion = (typeof rulesetVersions)[number]
/** Pins nothing: every policy runs. */
export const unpinned = 'latest'

/** Label of a namespace: allows remedies there. Annotation of a workload or a budget: disables remedies for it. */
export const injectKey = 'holdfast.dev/inject'
/** The label's value that allows remedies. */
export const injectEnabled = 'enabled'
/** The annotation's value that disables remedies. */
export const injectDisabled = 'disabled'

/** Annotation: what was injected, as JSON. On the workload, never on its pod template. */
export const injectedKey = 'holdfast.dev/injected'

/** Annotation, before the id of a policy: exempts the object from it. The value is the reason. */
export const exemptPrefix = 'holdfast.dev/exempt.'
/** Of the id of a policy, so that a line has room for everything else. */
export const longestPolicyId = 28
/** Annotation: the last day of the object's exemptions, as YYYY-MM-DD. */
export const exemptUntilKey = 'holdfast.dev/exempt-until'

/** Annotation of a workload: how many of its pods its companion lets be unavailable, as a number or a percentage. */
export const maxUnavailableKey = 'holdfast.dev/max-unavailable'

/** Annotation of a workload: its pods decide by majority. `true`: all of them vote; `false`: none; a number: how many voters there are. */
export const quorumKey = 'holdfast.dev/quorum'

/** What a person says about the voters of a workload. Undefined if nothing is said, or nothing that is known. */
export function votersOf(metadata: Metadata): Voters | undefined {
  return parseVoters(annotation(metadata, quorumKey) ?? '')
}

/** Label of a budget, beside that of its manager: it is a companion. */
export const companionKey = 'holdfast.dev/companion'
/** Labels of a budget: it is a companion, ours to change and to remove. */
export const companionLabels = {
  'app.kubernetes.io/managed-by': 'holdfast',
  [companionKey]: 'true'
} as const

const companionEntries = Object.entries(companionLabels)

/** Whether a budget is a companion. A person who takes one of the labels off makes the budget their own. */
export function isCompanion({ labels = {} }: Metadata): boolean {
  return companionEntries.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
}

/** Annotation of the certificates' Secret, with any value: rotate the authority. The write that rotates it removes the annotation. */
export const rotateKey = 'holdfast.dev/rotate'

/** Annotation of a companion: for how many pods that stay unready it gives way. */
export const gaveWayKey = 'holdfast.dev/gave-way'

/** The controller, as its Events name it. */
export const reportingController = 'holdfast.dev/controller'

/** The `apiVersion` of the files that Holdfast writes and reads: reports, and saved facts. */
export const fileVersion = `${keyPrefix}v1` as const
