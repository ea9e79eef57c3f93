import type { FactName } from '../inventory/facts/index.ts'

/** What a request does to a subject. */
export type Operation = 'CREATE' | 'UPDATE'

/**
 * Why a violation may be none although everything that is known speaks for it, beside a fact that is unknown, and how a message says so.
 * docs/policies/README.md lists them.
 */
const otherReasons = {
  /** Only a person can tell a mistake from a purpose. */
  intent: 'unless intended',
  /** A node that joins later may meet the constraint: cluster autoscalers start nodes for pods that wait. */
  'future-nodes': 'unless new nodes change that',
  /** Another webhook may add the container to the pods. */
  'injected-sidecars': 'unless a webhook adds it to the pods',
  /** A LimitRange gives pods the request that their template lacks. */
  'limit-ranges': 'unless a LimitRange sets it',
  /** The objects of a release arrive one by one. */
  'later-objects': 'unless it is created later'
} as const

/** Why a violation is uncertain: the name of a fact that is unknown, or one of a closed list. */
export type Reason = FactName | OtherReason
type OtherReason = keyof typeof otherReasons

/** The reasons beside the facts. */
export const reasonsBesideFacts = Object.keys(otherReasons).filter(isOther)

function isOther(reason: string): reason is OtherReason {
  return Object.hasOwn(otherReasons, reason)
}

/** Who hears of an uncertain violation: everybody, only those who update the object, or nobody. It is recorded and counted always. */
export type Told = 'always' | 'on-update' | 'never'

/**
 * How sure a violation is. A certain one may still be spared one operation: in the middle of a release, when another object that puts
 * it right may be yet to come. It is said then, and not denied. An uncertain one is never denied.
 */
export type Certainty = { kind: 'certain'; sparedOn?: Operation } | { kind: 'uncertain'; reason: Reason; told: Told }

/**
 * What is wrong, and what to write instead. Together the three make a sentence; without the field they still make sense. Problem, hedge
 * and fix have `longestMeaning` characters together, so that a line has room for the object and the field: cut what users write, such as
 * names, by `nameText`.
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

/** A violation that nothing unknown can overturn. */
export function certain(shortfall: Shortfall, { sparedOn }: { sparedOn?: Operation } = {}): Violation {
  return { ...shortfall, certainty: sparedOn === undefined ? { kind: 'certain' } : { kind: 'certain', sparedOn } }
}

/** A violation that the reason could overturn. It is a warning at most, whatever the mode and the profile. */
export function uncertain(reason: Reason, shortfall: Shortfall, told: Told = 'always'): Violation {
  return { ...shortfall, certainty: { kind: 'uncertain', reason, told } }
}

/** Of a problem, its hedge and its fix together. */
export const longestMeaning = 164

/** What could overturn a violation, in words: `autoscaler unknown`, `unless intended`; empty where nothing could. */
export function hedgeOf({ certainty }: Pick<Violation, 'certainty'>): string {
  if (certainty.kind === 'certain') return ''
  const { reason } = certainty
  if (isOther(reason)) return otherReasons[reason]
  return `${reason.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} unknown`
}

/** Whether somebody who requests the operation hears of the violation. */
export function isTold({ certainty }: Pick<Violation, 'certainty'>, operation: Operation): boolean {
  if (certainty.kind === 'certain' || certainty.told === 'always') return true
  return certainty.told === 'on-update' && operation === 'UPDATE'
}
