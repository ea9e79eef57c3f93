import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Test } from 'tap'

const root = join(import.meta.dirname, '../..')

/** A folder of a stranger: no network, no cache, no settings of npm, and the Node release of the tests. */
export interface Away {
  cwd: string
  env: Record<string, string>
  encoding: 'utf8'
}

export function away(test: Test): Away {
  // Not below this checkout: npm looks for a package.json in all folders above.
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-away-'))
  for (const name of ['home', 'repository']) mkdirSync(join(folder, name))
  test.teardown(() => rmSync(folder, { recursive: true }))
  const env = {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: join(folder, 'home'),
    npm_config_cache: join(folder, 'home/.npm'),
    npm_config_offline: 'true',
    npm_config_audit: 'false',
    npm_config_update_notifier: 'false',
    NO_COLOR: '1'
  }
  return { cwd: join(folder, 'repository'), env, encoding: 'utf8' }
}

/** Packs the command line into a folder, and returns the name of the tarball. */
export function packInto(folder: string, { env }: Pick<Away, 'env'>): string {
  const options = { cwd: folder, env, encoding: 'utf8' } as const
  return execFileSync(process.execPath, [join(root, 'scripts/pack.ts'), folder], options).trim()
}
