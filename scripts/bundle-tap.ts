import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'

const root = join(import.meta.dirname, '..')

/**
 * Bundles tap into one file and returns its path. Each test file is a process that loads tap, which as a bundle takes half the time.
 * The file is kept until the lockfile changes. Its folder is one that tap leaves out of stacks.
 */
export async function bundleTap(cache: string): Promise<string> {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const file = join(cache, 'node_modules/@tapjs', `tap-${lock.slice(0, 16)}.js`)
  if (existsSync(file)) return file
  // Loaded only where there is something to bundle.
  const { build } = await import('esbuild')
  const draft = `${file}.${process.pid}`
  await build({
    ...bundle,
    stdin: { contents: "export * from 'tap'; export { default } from 'tap'", resolveDir: root },
    outfile: draft,
    target: 'node24'
  })
  renameSync(draft, file)
  return file
}
