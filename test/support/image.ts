import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { type Copy, parseCopy, parseDockerfile, type Stage } from './dockerfile.ts'

const context = join(import.meta.dirname, '../..')

/** What a base of its kind has that node needs: the C and C++ libraries, and the name of the user. */
function layBase(root: string, program: string): void {
  const needed = execFileSync('ldd', [program], { encoding: 'utf8' })
  for (const [, library = ''] of needed.matchAll(/(\/\S+) \(0x/g)) {
    mkdirSync(join(root, dirname(library)), { recursive: true })
    copyFileSync(library, join(root, library))
  }
  for (const folder of ['etc', 'tmp', 'proc', 'dev', 'sys']) mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'etc/passwd'), 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n')
  writeFileSync(join(root, 'etc/group'), 'nonroot:x:65532:\n')
}

function copy(sources: readonly string[], folder: string, target: string): void {
  const isFolder = target.endsWith('/') || sources.length > 1
  for (const source of sources) {
    const to = isFolder ? join(folder, target, basename(source)) : join(folder, target)
    mkdirSync(dirname(to), { recursive: true })
    cpSync(source, to, { recursive: true })
  }
}

/** Follows the build stage in a folder of its own, but for `npm ci`: this checkout has had it, by the same lockfile. */
function build({ instructions }: Stage, folder: string): string {
  let workdir = ''
  for (const { name, rest } of instructions) {
    if (name === 'WORKDIR') workdir = rest
    else if (name === 'COPY') {
      const { sources, target } = parseCopy(rest)
      copy(
        sources.map((source) => join(context, source)),
        folder,
        target
      )
    } else if (name === 'RUN' && rest === 'npm ci')
      symlinkSync(join(context, 'node_modules'), join(folder, 'node_modules'))
    else if (name === 'RUN') execFileSync('sh', ['-c', rest], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
    else throw new Error(`Dockerfile: ${name} is not expected in the build stage`)
  }
  return workdir
}

function sourcesOf({ from, sources }: Copy, built: { name: string | undefined; folder: string; workdir: string }) {
  if (from === undefined) return sources.map((source) => join(context, source))
  if (from !== built.name) throw new Error(`Dockerfile: there is no stage ${from}`)
  return sources.map((source) => join(built.folder, relative(built.workdir, source)))
}

/**
 * Builds the last stage of the Dockerfile into a folder, as its builder would, on what its base would bring. Returns the stage, and the
 * files that are ours.
 */
export function assemble(root: string): { stage: Stage; files: readonly string[] } {
  const [first, stage, ...more] = parseDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8'))
  if (first === undefined || stage === undefined || more.length > 0) throw new Error('Dockerfile: not two stages')
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-image-'))
  try {
    const built = { name: first.name, folder, workdir: build(first, folder) }
    const files = stage.instructions
      .filter(({ name }) => name === 'COPY')
      .flatMap(({ rest }) => {
        const { target, ...what } = parseCopy(rest)
        const sources = sourcesOf({ target, ...what }, built)
        copy(sources, root, target)
        return target.endsWith('/') ? sources.map((source) => join(target, basename(source))) : [target]
      })
    layBase(root, process.execPath)
    return { stage, files }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
