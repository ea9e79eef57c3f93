import { oneLine } from '../engine/text.ts'
import type { Result, Suppression } from './report.ts'

/** The object of a result as people write it: `deployment/shop/web`, without the namespace if it has none. */
export function objectText({ object: { kind, namespace, name } }: Pick<Result, 'object'>): string {
  return oneLine([kind.toLowerCase(), namespace, name].filter((part) => part !== '').join('/'))
}

/** The finding without its object and policy: `runs 1 replica (autoscaler unknown); set it to 2 or more`. */
export function findingOf({ problem, hedge, fix }: Pick<Result, 'problem' | 'hedge' | 'fix'>): string {
  return oneLine(`${problem}${hedge === '' ? '' : ` (${hedge})`}; ${fix}`)
}

/** Why a result does not count: `in the baseline`, `exempt until 2027-01-31: a single writer`. */
export function suppressionText({ by, reason, until }: Suppression): string {
  if (by === 'baseline') return 'in the baseline'
  return oneLine(`exempt${until === undefined ? '' : ` until ${until}`}: ${reason}`)
}
