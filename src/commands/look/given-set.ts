import { resolve } from 'node:path'
import type { ParsedFlags } from '../../config/flags.ts'
import type { FoundConfig } from '../../config/look-config.ts'
import type { ReadFacts } from '../../inventory/facts-file.ts'
import { globs } from '../../manifests/glob.ts'
import { type ConfiguredExemptions, readExemptionsOf, toBelow } from './exemptions.ts'
import { factsFrom } from './facts-from.ts'
import { namespaceOf, pathsOf } from './look-flags.ts'
import type { Outside } from './outside.ts'
import { readSet } from './read-set.ts'

/** What a command line gives to judge, and what it is judged beside. */
export interface GivenSet {
  set: Awaited<ReturnType<typeof readSet>>
  facts: ReadFacts | undefined
  exemptions: ConfiguredExemptions
}

/** Reads what `lint` and `fix` are given, by their flags and the configuration. Throws ConfigError where it is wrongly asked. */
export async function readGivenSet(
  flags: ParsedFlags,
  { found, outside, render }: { found: FoundConfig; outside: Outside; render: boolean }
): Promise<GivenSet> {
  const { config, folder, file = '' } = found
  const { cwd, today } = outside
  const facts = await factsFrom(flags.values.get('facts'), cwd)
  const isExcluded = globs(config.lint.exclude)
  const set = await readSet(pathsOf(flags), {
    cwd,
    isExcluded: (path) => isExcluded(toBelow(resolve(cwd, path), folder)),
    namespace: namespaceOf(flags),
    render,
    command: 'holdfast lint'
  })
  const { exemptions } = config.lint
  return { set, facts, exemptions: readExemptionsOf({ exemptions, file, folder, cwd, today: today() }) }
}
