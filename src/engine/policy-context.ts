import { annotation, type Metadata } from '../kube/metadata.ts'
import { injectedKey, type RulesetVersion } from './api.ts'
import type { EvaluationContext } from './evaluation-context.ts'
import { type RecordEntry, recordOf } from './injection/record.ts'
import type { AnyContext, Subject } from './policy.ts'
import type { Rule, Ruleset } from './ruleset.ts'
import { includes } from './version.ts'

/** What the policies of all rules see alike. */
type CommonContext = Pick<AnyContext, 'facts' | 'recorded' | 'amended'>

export function commonContext(
  { facts, ruleset }: Pick<EvaluationContext, 'facts' | 'ruleset'>,
  recorded: AnyContext['recorded']
): CommonContext {
  return { facts, recorded, amended: amendedIn[ruleset.version] }
}

/** The context that the policy of a rule is called with. */
export function contextOf({ parameters }: Rule, subject: Subject, common: CommonContext): AnyContext {
  const { facts, recorded, amended } = common
  return { subject, facts, parameters, recorded, amended }
}

// A function that is made for each review is compiled again and again: V8 forgets the code with the function.
const amendedIn: Readonly<Record<RulesetVersion, AnyContext['amended']>> = {
  v1: (since) => includes('v1', since),
  v2: (since) => includes('v2', since)
}

/** Tells what the record of an object says. Reads it on demand. */
export function recordedIn(metadata: Metadata, ruleset: Ruleset): AnyContext['recorded'] {
  if (annotation(metadata, injectedKey) === undefined) return nothingRecorded
  let record: readonly RecordEntry[] | undefined
  return (at) => (record ??= recordOf(metadata, ruleset)).find((entry) => entry.at === at)?.value
}

/** Tells what a record says that has been read. */
export function recordedAmong(record: readonly RecordEntry[]): AnyContext['recorded'] {
  return record.length === 0 ? nothingRecorded : (at) => record.find((entry) => entry.at === at)?.value
}

const nothingRecorded: AnyContext['recorded'] = () => undefined
