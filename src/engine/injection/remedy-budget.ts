import type { Budget } from '../../kube/budget.ts'
import { sameJson, valueAt } from '../../kube/json.ts'
import { annotation } from '../../kube/metadata.ts'
import { injectDisabled, injectKey } from '../api.ts'
import type { EvaluationContext } from '../evaluation-context.ts'
import { contextOf } from '../evaluate.ts'
import type { Remedied } from './remedy.ts'

/**
 * Makes a budget true, as far as its policies have remedies: what they add goes below its spec, where the request writes that: who only
 * labels an old budget finds it as it was. No record is kept, since nothing restarts for it, and who writes the value has the last word.
 */
export function remedyBudget(
  budget: Budget,
  old: Budget | undefined,
  { facts, ruleset, exemptions }: EvaluationContext
): Remedied {
  const spec = valueAt(budget.object, ['spec'])
  const unchanged = old !== undefined && sameJson(spec, valueAt(old.object, ['spec']))
  const refused = annotation(budget.metadata, injectKey) === injectDisabled
  if (spec === undefined || unchanged || refused) return { operations: [], injected: [] }
  const rules = ruleset.rulesFor(budget.kind).filter(({ policy }) => !exemptions.reasons.has(policy.id))
  const injected = rules.flatMap((rule) => {
    const injections = rule.policy.remedy?.(contextOf(rule, budget, { facts, ruleset }, () => [])) ?? []
    return injections.flatMap(({ at, value }) => {
      if (valueAt(budget.object, ['spec', at]) !== undefined) return []
      if (!ruleset.mayInject(rule.policy.id, at)) throw new Error(`${rule.policy.id} may not inject ${at}`)
      return [{ policy: rule.policy.id, at, value }]
    })
  })
  const operations = injected.map(({ at, value }) => ({ op: 'add' as const, path: `/spec/${at}`, value }))
  return { operations, injected }
}
