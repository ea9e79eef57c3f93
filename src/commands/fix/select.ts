import type { LookConfig } from '../../config/look-schema.ts'
import { didYouMean } from '../../engine/nearest.ts'
import type { ParsedFlags } from '../../config/flags.ts'
import { ConfigError } from '../../config/problems.ts'
import { isDay, isReason } from '../../engine/exemption.ts'
import type { Policy } from '../../engine/policy.ts'

/** What to write: the remedies of some policies, or exemptions from some. */
export type Selection =
  | { write: 'remedies'; selects: (policy: string) => boolean }
  | { write: 'exemptions'; policies: ReadonlySet<string>; reason: string; until: string | undefined }

export interface SelectOptions {
  policies: readonly Policy[]
  config: Pick<LookConfig, 'exemptions'>
  /** The UTC date, YYYY-MM-DD. */
  today: string
}

/** Reads `--only`, `--skip`, and `--exempt` with `--reason` and `--until`. Throws ConfigError with every problem. */
export function readSelection({ values, given }: ParsedFlags, options: SelectOptions): Selection {
  const problems: string[] = []
  const ids = options.policies.map(({ id }) => id)
  const named = (flag: string): ReadonlySet<string> => {
    const all = given.flatMap(([name, value]) => (name === flag ? value.split(',').filter((id) => id !== '') : []))
    for (const id of all) {
      if (!ids.includes(id)) problems.push(`--${flag}: ${JSON.stringify(id)} is no policy${didYouMean(id, ids)}`)
    }
    return new Set(all)
  }
  const [only, skip, exempt] = [named('only'), named('skip'), named('exempt')]
  const [reason, until] = [values.get('reason'), values.get('until')]
  if (exempt.size > 0) {
    problems.push(...objectionsTo(exempt, { reason, until }, options))
    if (only.size + skip.size > 0) problems.push('--exempt: cannot be used with --only or --skip')
  } else {
    if (reason !== undefined) problems.push('--reason: needs --exempt')
    if (until !== undefined) problems.push('--until: needs --exempt')
  }
  if (problems.length > 0) throw new ConfigError(problems)
  if (exempt.size > 0) return { write: 'exemptions', policies: exempt, reason: reason ?? '', until }
  return { write: 'remedies', selects: (policy) => (only.size === 0 || only.has(policy)) && !skip.has(policy) }
}

/** Why exemptions would have no effect. */
function objectionsTo(
  policies: ReadonlySet<string>,
  { reason, until }: { reason: string | undefined; until: string | undefined },
  { config: { exemptions }, today }: SelectOptions
): string[] {
  const problems = [...policies].flatMap((policy) => {
    const isForbidden = !exemptions.allowed || exemptions.forbidden.has(policy)
    return isForbidden ? [`--exempt: the configuration forbids exemptions from ${policy}`] : []
  })
  if (reason === undefined || !isReason(reason)) problems.push('--exempt: needs a reason; add --reason TEXT')
  if (until === undefined) return problems
  if (!isDay(until)) return [...problems, `--until: ${JSON.stringify(until)} is not a date such as 2027-01-31`]
  return until < today ? [...problems, `--until: ${until} is over`] : problems
}
