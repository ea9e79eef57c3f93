import type { FactName } from '../inventory/facts/index.ts'

/** What a request does to a subject. */
export type Operation = 'CREATE' | 'UPDATE'

/**
 * Why a violation may be wrong although every fact is known, and how a message says so. docs/policies/README.md lists these reasons.
 */
const otherReasons = {
  /** Only a person can tell a mistake from a purpose. */
  intent: 'unless intended',
  /** A node that joins later may meet the constraint: cluster autoscalers start nodes for pods that wait. */
  'future-nodes': 'unless new nodes change that',
  /** Jobs, single pods and what a controller of another kind runs are not watched. */
  'other-pods': 'unless more pods match',
  /** The scheduler may put the pods on one node, or on two; and some volumes are not attached to a node at all. */
  placement: 'unless both run on one node',
  /** Another webhook may add the container to the pods. */
  'injected-sidecars': 'unless a webhook adds it to the pods',
  /** A LimitRange gives pods the request that their template lacks. */
  'limit-ranges': 'unless a LimitRange sets it',
  /** The objects of a release arrive one by one. */
  'later-objects': 'unless it is created later',
  /** Nothing but a run shows how long a script takes, or whatever answers an HTTP request. */
  'hook-time': 'hook time unknown',
  /** Only drivers that attach a volume keep other nodes from using it; of no object can that be read. */
  'volume-driver': 'unless its driver allows more nodes',
  /** The owner of a mesh sets for all pods what a pod does not say. */
  'mesh-settings': 'unless the mesh is set to wait'
} as const

/** Why a violation is uncertain: the name of an unknown fact, or a reason from a closed list. */
export type Reason = FactName | OtherReason
type OtherReason = keyof typeof otherReasons

/** The reasons that are not names of facts. */
export const reasonsBesideFacts = Object.keys(otherReasons).filter(isOther)

function isOther(reason: string): reason is OtherReason {
  return Object.hasOwn(otherReasons, reason)
}

/** When an uncertain violation becomes a warning. It is always recorded and counted. */
export type Told = 'always' | 'on-update' | 'never'

/**
 * How sure a violation is. A certain violation may be spared one operation, because the same release may still bring the object that
 * resolves it; or both, because another object is at fault. It is then a warning, not a denial. An uncertain violation is never denied.
 */
export type Certainty = { kind: 'certain'; sparedOn?: Spared } | { kind: 'uncertain'; reason: Reason; told: Told }
export type Spared = Operation | 'both'

/**
 * What is wrong, and what to write instead. The three parts form a sentence that also makes sense without the field. Problem, hedge and
 * fix have at most `longestMeaning` characters together, so that a line has room for the object and the field. Use `nameText` to cut
 * what users write, such as names.
 */
export interface Shortfall {
  /** Where, as a path: `spec.replicas`. */
  field: string
  /** What is wrong: `runs 1 replica`. */
  problem: string
  /** What to write instead: `set it to 2 or more`. */
  fix: string
}

/** One way in which a subject falls short. Its identity across an UPDATE is policy and field. */
export interface Violation extends Shortfall {
  certainty: Certainty
}

/** Builds a violation that nothing unknown can overturn. */
export function certain(shortfall: Shortfall, { sparedOn }: { sparedOn?: Spared } = {}): Violation {
  return { ...shortfall, certainty: sparedOn === undefined ? { kind: 'certain' } : { kind: 'certain', sparedOn } }
}

/** Builds a violation that the reason could overturn. It is a warning at most, whatever the mode and the profile. */
export function uncertain(reason: Reason, shortfall: Shortfall, told: Told = 'always'): Violation {
  return { ...shortfall, certainty: { kind: 'uncertain', reason, told } }
}

/** The most characters of a problem, its hedge and its fix together. */
export const longestMeaning = 164

/** What could overturn a violation, in words: `autoscaler unknown`, `unless intended`; empty if nothing could. */
export function hedgeOf({ certainty }: Pick<Violation, 'certainty'>): string {
  if (certainty.kind === 'certain') return ''
  const { reason } = certainty
  return isOther(reason) ? otherReasons[reason] : unknownText(reason)
}

/** The hedges of the unknown facts, each made once. */
const unknownTexts = new Map<FactName, string>()

function unknownText(fact: FactName): string {
  let text = unknownTexts.get(fact)
  if (text === undefined) {
    text = `${fact.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} unknown`
    unknownTexts.set(fact, text)
  }
  return text
}

/** Whether the user who requests the operation gets a warning about the violation. */
export function isTold({ certainty }: Pick<Violation, 'certainty'>, operation: Operation): boolean {
  if (certainty.kind === 'certain' || certainty.told === 'always') return true
  return certainty.told === 'on-update' && operation === 'UPDATE'
}
