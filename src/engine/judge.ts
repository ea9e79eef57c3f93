import type { Labels } from '../kube/label-selector.ts'
import type { Metadata } from '../kube/metadata.ts'
import { evaluate, type Evaluation } from './evaluate.ts'
import type { EvaluationContext } from './evaluation-context.ts'
import { type Exemptions, type ExemptionRules, readExemptions } from './exemption.ts'
import type { Fact } from '../inventory/fact.ts'
import type { Facts, FactsFor } from '../inventory/facts/index.ts'
import type { Policy, Subject } from './policy.ts'
import type { ChooseRuleset } from './profile.ts'
import type { Ruleset } from './ruleset.ts'
import { remarksOnKeys } from './own-keys.ts'
import { objectName } from './subject.ts'

export interface JudgeOptions {
  policies: readonly Policy[]
  chooseRuleset: ChooseRuleset
  exemptions: ExemptionRules
  factsFor: FactsFor
  /** The labels of a namespace. */
  namespaceLabels: (name: string) => Fact<Labels>
  /** The UTC date, YYYY-MM-DD. */
  today: () => string
}

/** Judges a subject of a namespace: the same for a review, a file and an object of a live cluster. */
export type Judge = (subject: Subject, namespace: string) => Judgement

/** A subject, its context, and the outcome of judging it. */
export interface Judgement extends EvaluationContext {
  readonly subject: Subject
  /** Remarks about labels and annotations without the effect that their author expects; each names its object. */
  readonly remarks: readonly string[]
  /** Evaluated on first use: a repair needs no evaluation. */
  readonly evaluation: Evaluation
}

export function buildJudge({ policies, exemptions: rules, ...sources }: JudgeOptions): Judge {
  const { chooseRuleset, factsFor, namespaceLabels, today } = sources
  const policyIds = new Set(policies.map(({ id }) => id))
  return (subject, namespace) => {
    const facts = factsFor(subject)
    const exemptions = readExemptions(annotatedBy(subject, facts), { policyIds, rules, today })
    const { ruleset, remarks } = chooseRuleset(namespaceLabels(namespace))
    return new LazyJudgement(subject, { facts, ruleset, exemptions }, { namespace, ofNamespace: remarks, policyIds })
  }
}

/** What the remarks of a judgement are made of, beside its subject and exemptions. */
interface RemarkSources {
  namespace: string
  ofNamespace: readonly string[]
  policyIds: ReadonlySet<string>
}

/** The metadata with the exemptions of a subject: a Scale has no annotations of its own, so its parent's count. */
function annotatedBy({ kind, metadata }: Subject, { workloads }: Facts): Metadata {
  if (kind !== 'Scale' || !workloads.known) return metadata
  return workloads.value[0]?.metadata ?? metadata
}

class LazyJudgement implements Judgement {
  readonly subject: Subject
  readonly facts: Facts
  readonly ruleset: Ruleset
  readonly exemptions: Exemptions
  readonly #sources: RemarkSources
  #evaluation: Evaluation | undefined

  constructor(subject: Subject, { facts, ruleset, exemptions }: EvaluationContext, sources: RemarkSources) {
    this.subject = subject
    this.facts = facts
    this.ruleset = ruleset
    this.exemptions = exemptions
    this.#sources = sources
  }

  get remarks(): readonly string[] {
    const { namespace, ofNamespace, policyIds } = this.#sources
    const own = [...this.exemptions.remarks, ...remarksOnKeys(this.subject, policyIds)]
    if (own.length === 0 && ofNamespace.length === 0) return own
    return [
      ...ofNamespace.map((remark) => `namespace/${namespace}: ${remark}`),
      ...own.map((remark) => `${objectName(this.subject)}: ${remark}`)
    ]
  }

  get evaluation(): Evaluation {
    return (this.#evaluation ??= evaluate(this.subject, this))
  }
}
