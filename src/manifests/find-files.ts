import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { reasonOf, standardInput } from './load.ts'

/** What paths lead to. Paths are written as they were given, with `/`, and in order. */
export interface FoundFiles {
  files: readonly string[]
  problems: readonly { file: string; problem: string }[]
  /** What was left out of a folder, beside files that are neither YAML nor JSON. */
  skipped: readonly { path: string; reason: SkippedFor }[]
}

export type SkippedFor = 'hidden' | 'node_modules' | 'excluded' | 'a link out of the folder'

export interface FindOptions {
  /** Which files and folders are left out, by their paths as they are written: `globs` makes such a test. */
  isExcluded?: (path: string) => boolean
}

/**
 * Finds the manifests that paths name. A file is taken as it is, whatever its name; of a folder all `.yaml`, `.yml` and `.json` files at
 * any depth, but for what is hidden, in `node_modules`, or excluded. A link is followed if it leads to something in the same folder that
 * is not found otherwise. Never throws.
 */
export async function findFiles(
  paths: readonly string[],
  { isExcluded = () => false }: FindOptions = {}
): Promise<FoundFiles> {
  const search = new Search(isExcluded)
  for (const path of paths) await search.take(path)
  return search.found()
}

const manifest = /\.(?:yaml|yml|json)$/i

class Search {
  readonly #isExcluded: (path: string) => boolean
  readonly #files = new Set<string>()
  readonly #problems: { file: string; problem: string }[] = []
  readonly #skipped: { path: string; reason: SkippedFor }[] = []
  /** What was taken or walked, by its real path: nothing is twice. */
  readonly #seen = new Set<string>()

  constructor(isExcluded: (path: string) => boolean) {
    this.#isExcluded = isExcluded
  }

  found(): FoundFiles {
    return { files: [...this.#files], problems: this.#problems, skipped: this.#skipped }
  }

  /** A path of the command line. */
  async take(path: string): Promise<void> {
    if (path === standardInput) {
      this.#files.add(path)
      return
    }
    await this.#orProblem(path, async () => {
      const real = await realpath(path)
      if ((await stat(real)).isDirectory()) await this.#walk(path, real)
      else if (this.#isNew(real)) this.#files.add(withSlashes(path))
    })
  }

  /** Walks a folder, then what only links lead to. Files are added in the order of their paths within a folder. */
  async #walk(path: string, root: string): Promise<void> {
    const links: string[] = []
    await this.#walkFolder(path, root, links)
    // A link that is followed may lead to a folder with more of them.
    for (const link of links) {
      await this.#orProblem(link, async () => {
        const real = await realpath(link)
        if (real !== root && !real.startsWith(root + sep)) this.#skip(link, 'a link out of the folder')
        else if ((await stat(real)).isDirectory()) await this.#walkFolder(link, real, links)
        else if (manifest.test(link) && this.#isNew(real)) this.#files.add(withSlashes(link))
      })
    }
  }

  async #walkFolder(path: string, real: string, links: string[]): Promise<void> {
    if (!this.#isNew(real)) return
    await this.#orProblem(path, async () => {
      const entries = await readdir(real, { withFileTypes: true })
      for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
        const child = join(path, entry.name)
        const reason = this.#reasonToSkip(entry, child)
        const realChild = join(real, entry.name)
        if (reason !== undefined) this.#skip(child, reason)
        else if (entry.isSymbolicLink()) links.push(child)
        else if (entry.isDirectory()) await this.#walkFolder(child, realChild, links)
        else if (entry.isFile() && manifest.test(entry.name) && this.#isNew(realChild))
          this.#files.add(withSlashes(child))
      }
    })
  }

  #reasonToSkip({ name }: Dirent, path: string): SkippedFor | undefined {
    if (name.startsWith('.')) return 'hidden'
    if (name === 'node_modules') return 'node_modules'
    return this.#isExcluded(withSlashes(path)) ? 'excluded' : undefined
  }

  #skip(path: string, reason: SkippedFor): void {
    this.#skipped.push({ path: withSlashes(path), reason })
  }

  #isNew(real: string): boolean {
    return this.#seen.size < this.#seen.add(real).size
  }

  async #orProblem(path: string, look: () => Promise<void>): Promise<void> {
    try {
      await look()
    } catch (error) {
      this.#problems.push({ file: withSlashes(path), problem: reasonOf(error) })
    }
  }
}

function withSlashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/')
}
