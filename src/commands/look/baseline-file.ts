import { readFile, writeFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import type { FoundConfig } from '../../config/look-config.ts'
import type { ParsedFlags } from '../../config/flags.ts'
import { ConfigError } from '../../config/problems.ts'
import { baselineText, entriesOf, parseBaseline, withBaseline } from '../../report/baseline.ts'
import type { Result } from '../../report/report.ts'

/** A baseline, and what the command line wants of it. */
export interface BaselineFile {
  /** Marks what is in it, after it was written or pruned. */
  apply: (
    results: readonly Result[]
  ) => Promise<{ results: readonly Result[]; stale: readonly string[]; note?: string }>
}

/** The baseline of `--baseline`, else of the configuration; undefined if there is none. Throws ConfigError. */
export async function readBaseline(
  { values }: ParsedFlags,
  { config, folder }: FoundConfig,
  cwd: string
): Promise<BaselineFile | undefined> {
  const named = values.get('baseline')
  const { baseline: configured } = config.lint
  const path =
    named !== undefined ? resolve(cwd, named) : configured === undefined ? undefined : resolve(folder, configured)
  const writes = values.has('write-baseline')
  const prunes = values.has('prune-baseline')
  if (writes && prunes) throw new ConfigError(['--prune-baseline: cannot be used with --write-baseline'])
  if (path === undefined) {
    if (!writes && !prunes) return undefined
    throw new ConfigError([`--${writes ? 'write' : 'prune'}-baseline: needs --baseline <file>`])
  }
  const shown = relative(cwd, path) || path
  const known = await read(path, shown, writes)
  return {
    apply: async (results) => {
      const kept = writes ? new Set(entriesOf(results)) : known
      const applied = withBaseline(results, kept)
      if (!writes && !prunes) {
        const stale = applied.stale.map((entry) => `${shown}: ${entry}`)
        return { results: applied.results, stale }
      }
      const gone = new Set(applied.stale)
      const entries = [...kept].filter((entry) => !gone.has(entry))
      await write(path, shown, baselineText(entries))
      const note = `${shown}: ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} written`
      return { results: applied.results, stale: [], note }
    }
  }
}

async function read(path: string, shown: string, mayBeMissing: boolean): Promise<ReadonlySet<string>> {
  try {
    return parseBaseline(await readFile(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    if (error.code === 'ENOENT' && mayBeMissing) return new Set()
    throw new ConfigError([
      `${shown}: ${error.code === 'ENOENT' ? 'no such file' : `cannot be read: ${String(error.code)}`}`
    ])
  }
}

async function write(path: string, shown: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw new ConfigError([`${shown}: cannot be written: ${String(error.code)}`])
  }
}
