import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Policy } from '../engine/policy.ts'
import { parseServerVersion } from '../kube/server-version.ts'
import { type ConfigFile, readConfigFile } from './file.ts'
import type { ParsedFlags } from './flags.ts'
import { buildLookSchema, type LookConfig } from './look-schema.ts'
import { ConfigError, problemsOf, toKey } from './problems.ts'
import { toJsonSchema } from './settings.ts'

export type { LookConfig, LookExemption } from './look-schema.ts'

const fileName = '.holdfast.yaml'

/** What files are judged by, and where that comes from. */
export interface FoundConfig {
  config: LookConfig
  /** The configuration file, relative to the working directory; undefined if there is none. */
  file: string | undefined
  /** Its folder; without a file the working directory. Absolute. */
  folder: string
}

/**
 * Reads `--config`, else the nearest `.holdfast.yaml` from the working directory up to the root of the repository; nothing with
 * `--no-config`. The flags `--profile` and `--server-version` go before the file. Throws ConfigError with every problem.
 */
export function findLookConfig(policies: readonly Policy[], { values }: ParsedFlags, cwd: string): FoundConfig {
  const named = values.get('config')
  if (named !== undefined && values.has('no-config')) {
    throw new ConfigError(['--no-config: cannot be used with --config'])
  }
  const path = values.has('no-config') ? undefined : named === undefined ? nearestFile(cwd) : resolve(cwd, named)
  const file = path === undefined ? undefined : relative(cwd, path) || path
  const read = file === undefined || path === undefined ? nothing : readConfigFile(path, file)
  const schema = schemaOf(policies)
  const { data, error } = schema.safeParse(read.content)
  const problems = [
    ...(error === undefined
      ? []
      : problemsOf(error, read.content, toJsonSchema(schema)).map(({ path: at, text }) => {
          return `${file}:${read.placeOf(at)}: ${at.length === 0 ? text : `${toKey(at)}: ${text}`}`
        })),
    ...(data === undefined ? [] : forbiddenIn(data, read, file))
  ]
  const version = values.get('server-version')
  const serverVersion = version === undefined ? undefined : parseServerVersion(version)
  if (version !== undefined && serverVersion === undefined) {
    problems.push(`--server-version: ${JSON.stringify(version)} is not a Kubernetes version such as "1.33"`)
  }
  if (data === undefined || problems.length > 0) throw new ConfigError(problems)
  const profile = values.get('profile')
  const config: LookConfig = {
    ...data,
    ...(serverVersion !== undefined && { serverVersion }),
    ...(isProfile(profile) && { profile })
  }
  return { config, file, folder: path === undefined ? cwd : dirname(path) }
}

/** Built once: that takes longer than judging a folder. */
function schemaOf(policies: readonly Policy[]): ReturnType<typeof buildLookSchema> {
  const built = schemas.get(policies) ?? buildLookSchema(policies)
  schemas.set(policies, built)
  return built
}

const schemas = new WeakMap<readonly Policy[], ReturnType<typeof buildLookSchema>>()

const nothing: ConfigFile = { content: {}, placeOf: () => '1:1' }

/** The flag admits no other values. */
function isProfile(profile: string | undefined): profile is LookConfig['profile'] {
  return profile !== undefined
}

/** What no annotation may exempt from, the file may not either. */
function forbiddenIn({ exemptions, lint }: LookConfig, { placeOf }: ConfigFile, file: string | undefined): string[] {
  return lint.exemptions.flatMap(({ policy }, index) => {
    if (exemptions.allowed && !exemptions.forbidden.has(policy)) return []
    const at = ['lint', 'exemptions', index, 'policy']
    return [`${file}:${placeOf(at)}: ${toKey(at)}: exemptions from ${policy} are forbidden here`]
  })
}

/** Above the working directory it only counts within a repository: what lies further up is not ours. */
function nearestFile(cwd: string): string | undefined {
  const root = repositoryOf(cwd)
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, fileName)
    if (existsSync(path)) return path
    const misnamed = join(folder, '.holdfast.yml')
    if (existsSync(misnamed))
      throw new ConfigError([`${relative(cwd, misnamed)}: is not read; rename it to ${fileName}`])
    if (folder === root || root === undefined || folder === dirname(folder)) return undefined
  }
}

/** The folder with `.git` in it, which is a file in a worktree. */
function repositoryOf(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (folder === dirname(folder)) return undefined
  }
}
