import { posix, relative, resolve, sep } from 'node:path'
import type { LookExemption } from '../../config/look-schema.ts'
import { globs } from '../../manifests/glob.ts'
import type { Result } from '../../report/report.ts'

/** The exemptions of a configuration, and how they apply to results. */
export interface ConfiguredExemptions {
  /** Marks what is exempt. */
  mark: (result: Result) => Result
  /** Those that have ended or matched nothing, in words. */
  stale: () => string[]
}

export interface ExemptionsOf {
  exemptions: readonly LookExemption[]
  /** The configuration file, as texts name it. */
  file: string
  /** The folder that paths are below. */
  folder: string
  cwd: string
  today: string
}

export function readExemptionsOf({ exemptions, file, folder, cwd, today }: ExemptionsOf): ConfiguredExemptions {
  const entries = exemptions.map((exemption, index) => ({
    exemption,
    name: `${file}: lint.exemptions[${index}] (${exemption.policy})`,
    hasEnded: exemption.until !== undefined && exemption.until < today,
    matches: matcherOf(exemption, (path) => toBelow(resolve(cwd, path), folder)),
    used: false
  }))
  return {
    mark: (result) => {
      if (result.suppressed !== undefined) return result
      const entry = entries.find(({ hasEnded, matches }) => !hasEnded && matches(result))
      if (entry === undefined) return result
      entry.used = true
      const { reason, until } = entry.exemption
      return {
        ...result,
        fixable: false,
        suppressed: { by: 'exemption', reason, ...(until !== undefined && { until }) }
      }
    },
    stale: () => {
      return entries.flatMap(({ exemption: { until = '' }, name, hasEnded, used }) => {
        if (hasEnded) return [`${name} ended on ${until}`]
        return used ? [] : [`${name} matches nothing`]
      })
    }
  }
}

function matcherOf(
  { policy, kind, namespace, name, paths }: LookExemption,
  below: (path: string) => string
): (result: Result) => boolean {
  const isName = name === undefined ? undefined : wildcard(name)
  const isNamespace = namespace === undefined ? undefined : wildcard(namespace)
  const isPath = paths === undefined ? undefined : globs(paths)
  return ({ policy: found, object, location }) => {
    if (found !== policy || (kind !== undefined && kind !== object.kind)) return false
    if (isName?.test(object.name) === false || isNamespace?.test(object.namespace) === false) return false
    return isPath === undefined || (location !== undefined && isPath(below(location.file)))
  }
}

function wildcard(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`)
}

/** A path below a folder, with `/`. */
export function toBelow(path: string, folder: string): string {
  const below = relative(folder, path)
  return sep === '/' ? below : below.split(sep).join(posix.sep)
}
