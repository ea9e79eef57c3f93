import type { Labels } from '../kube/label-selector.ts'
import { annotation, type Metadata } from '../kube/metadata.ts'
import { parseVoters } from '../kube/quorum.ts'
import { isWorkload } from '../kube/workload.ts'
import {
  companionKey,
  exemptPrefix,
  exemptUntilKey,
  gaveWayKey,
  injectDisabled,
  injectedKey,
  injectEnabled,
  injectKey,
  keyPrefix,
  maxUnavailableKey,
  type Mode,
  modeKey,
  modeOff,
  modes,
  profileKey,
  profileNames,
  profileVersionKey,
  quorumKey,
  rotateKey,
  rulesetVersions,
  unpinned
} from './api.ts'
import { didYouMean, mostNear, nearest } from './nearest.ts'
import { meantBy } from './opt-out.ts'
import type { Subject } from './policy.ts'

/** Annotations that mean something. On which objects, other remarks and the documentation say. */
const annotations: readonly string[] = [
  injectKey,
  injectedKey,
  exemptUntilKey,
  maxUnavailableKey,
  quorumKey,
  gaveWayKey,
  rotateKey
]
const namespaceLabels: readonly string[] = [modeKey, injectKey, profileKey, profileVersionKey]
const none: readonly string[] = []

/** Remarks about the keys of ours on an object that have no effect, or another one than their author expects. */
export function remarksOnKeys(subject: Subject, policyIds: ReadonlySet<string>): readonly string[] {
  const remarks: string[] = []
  const { metadata } = subject
  for (const key in metadata.annotations)
    if (isOurs(key)) addRemark(remarks, onAnnotation(metadata, key, policyIds, remarks.length < mostNear))
  for (const key in metadata.labels) if (isOurs(key)) addRemark(remarks, onLabel(key))
  if (isWorkload(subject) && subject.templateAt.length > 0) {
    for (const key in subject.podAnnotations) if (isOurs(key)) addRemark(remarks, onPodTemplate(key))
  }
  return remarks.length === 0 ? none : remarks
}

function isOurs(key: string): boolean {
  return key.startsWith(keyPrefix)
}

function addRemark(remarks: string[], remark: string | undefined): void {
  if (remark !== undefined) remarks.push(remark)
}

function onAnnotation(
  metadata: Metadata,
  key: string,
  policyIds: ReadonlySet<string>,
  looking: boolean
): string | undefined {
  if (key === injectKey) return onInjectAnnotation(annotation(metadata, key) ?? '')
  if (key === quorumKey) return onQuorum(annotation(metadata, key) ?? '')
  // What is wrong with an exemption is said where exemptions are read.
  if (annotations.includes(key) || key.startsWith(exemptPrefix)) return undefined
  if (namespaceLabels.includes(key)) return `annotation ${key} has no effect here: it is a label of namespaces`
  return `annotation ${key} means nothing, so it has no effect${looking ? meantKey(key, policyIds) : ''}`
}

function onInjectAnnotation(value: string): string | undefined {
  if (value === injectDisabled || value === injectEnabled) return undefined
  const meant = meantBy(value)
  if (meant === injectDisabled)
    return `annotation ${injectKey} counts as ${injectDisabled}; write ${injectDisabled} instead`
  const enabled = meant === injectEnabled ? `: its namespace allows repairs, by a label` : ''
  return `annotation ${injectKey} accepts only ${injectDisabled}, so it has no effect${enabled}`
}

function onQuorum(value: string): string | undefined {
  if (parseVoters(value) !== undefined) return undefined
  return `annotation ${quorumKey} accepts only true, false and a number of voters, so it has no effect`
}

/** The annotation that was probably meant: an exemption may be written with another separator, or without its prefix. */
function meantKey(key: string, policyIds: ReadonlySet<string>): string {
  const name = key.slice(keyPrefix.length)
  const [, id] = /^exempt[-_/:]?(.+)$/.exec(name) ?? []
  if (id !== undefined && policyIds.has(id)) return `; did you mean ${exemptPrefix}${id}?`
  if (policyIds.has(name)) return `; did you mean ${exemptPrefix}${name}?`
  return nearestKey(name, annotations)
}

function onLabel(key: string): string | undefined {
  if (key === companionKey) return undefined
  if (annotations.includes(key) || key.startsWith(exemptPrefix))
    return `label ${key} has no effect here: write it as an annotation`
  if (namespaceLabels.includes(key)) return `label ${key} has no effect here: it is a label of namespaces`
  return `label ${key} means nothing, so it has no effect`
}

function onPodTemplate(key: string): string {
  return `annotation ${key} has no effect on a pod template: write it on the object itself`
}

/** A namespace has few labels of ours, unless somebody wants it to have many. */
const mostRemarks = 20

/** What the configuration says of namespaces without the label. */
export interface NamespaceRules {
  defaultMode?: Mode | undefined
}

/** Remarks about the labels and annotations of ours on a namespace. The profile and its version are remarked on with each request as well. */
export function remarksOnNamespace(metadata: Metadata, rules: NamespaceRules): readonly string[] {
  const { labels = {} } = metadata
  const remarks: string[] = []
  for (const [key, value] of Object.entries(labels))
    if (isOurs(key) && remarks.length < mostRemarks) addRemark(remarks, onNamespaceLabel(key, value, labels, rules))
  for (const key of Object.keys(metadata.annotations ?? {})) {
    if (!isOurs(key) || remarks.length >= mostRemarks) continue
    const isLabel = namespaceLabels.includes(key)
    remarks.push(
      isLabel
        ? `annotation ${key} has no effect on a namespace: write it as a label`
        : `annotation ${key} has no effect on a namespace`
    )
  }
  return remarks
}

function onNamespaceLabel(key: string, value: string, labels: Labels, rules: NamespaceRules): string | undefined {
  switch (key) {
    case modeKey:
      return onMode(value, rules)
    case injectKey:
      return onInjectLabel(value, labels, rules)
    case profileKey:
      return onChoice(key, value, profileNames)
    case profileVersionKey:
      return onChoice(key, value, [unpinned, ...rulesetVersions])
    default:
      return `label ${key} means nothing, so it has no effect${meantLabel(key)}`
  }
}

function onMode(value: string, { defaultMode }: NamespaceRules): string | undefined {
  const known: readonly string[] = [...modes, modeOff]
  if (known.includes(value)) return undefined
  const effect = defaultMode === undefined ? 'Holdfast does nothing here' : `the default, ${defaultMode}, applies`
  return `label ${modeKey} names no mode, so ${effect}${orOneOf(value, known)}`
}

function onInjectLabel(value: string, labels: Labels, { defaultMode }: NamespaceRules): string | undefined {
  if (value !== injectEnabled) {
    if (value === injectDisabled || meantBy(value) === injectDisabled) return undefined
    return `label ${injectKey} accepts only ${injectEnabled}, so nothing is repaired here`
  }
  if (defaultMode !== undefined || Object.hasOwn(labels, modeKey)) return undefined
  return `label ${injectKey} has no effect without ${modeKey}`
}

function onChoice(key: string, value: string, known: readonly string[]): string | undefined {
  return known.includes(value) ? undefined : `label ${key} has a value that does not exist${orOneOf(value, known)}`
}

function orOneOf(value: string, known: readonly string[]): string {
  const near = didYouMean(value, known)
  return near === '' ? `; it is one of ${known.join(', ')}` : near
}

/** The label that was probably meant: a mode or a profile may have been taken for a key. */
function meantLabel(key: string): string {
  const name = key.slice(keyPrefix.length)
  if (modes.some((mode) => mode === name)) return `; did you mean ${modeKey}=${name}?`
  if (profileNames.some((profile) => profile === name)) return `; did you mean ${profileKey}=${name}?`
  return nearestKey(name, namespaceLabels)
}

/** By the part of the keys that differs. */
function nearestKey(name: string, keys: readonly string[]): string {
  const near = nearest(
    name,
    keys.map((key) => key.slice(keyPrefix.length))
  )
  return near === undefined ? '' : `; did you mean ${keyPrefix}${near}?`
}
