import { randomBytes } from 'node:crypto'
import { access, constants, lstat, open, readFile, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { reasonOf } from '../../manifests/load.ts'

/** A file with its text, as it was read and as it is to be. */
export interface Replacement {
  /** Relative to the working directory. */
  file: string
  before: string
  after: string
}

/**
 * Replaces the text of a file at once: readers see the old text or the new one. Its mode stays, and its owner where that is allowed. A
 * link is followed within the working directory alone. Returns why nothing was written; undefined if it was.
 */
export async function replaceFile({ file, before, after }: Replacement, cwd: string): Promise<string | undefined> {
  try {
    const path = await realpath(resolve(cwd, file))
    const isLinked = path !== resolve(await realpath(cwd), file)
    if (isLinked && isOutside(await realpath(cwd), path)) return 'a link that leads out of the working directory'
    const status = await lstat(path)
    if (!status.isFile()) return 'not a regular file'
    await access(path, constants.W_OK)
    if ((await readFile(path, 'utf8')) !== before) return 'it was changed meanwhile'
    const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
    try {
      await writeWhole(temporary, after, status)
      await rename(temporary, path)
    } finally {
      await rm(temporary, { force: true })
    }
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

function isOutside(folder: string, path: string): boolean {
  const below = relative(folder, path)
  return below.split(sep)[0] === '..' || isAbsolute(below)
}

async function writeWhole(
  path: string,
  text: string,
  { mode, uid, gid }: { mode: number; uid: number; gid: number }
): Promise<void> {
  await using handle = await open(path, 'wx', 0o600)
  await handle.writeFile(text)
  const own = await handle.stat()
  // Only root may give files away: the others keep what they write.
  if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid).catch(() => undefined)
  await handle.chmod(mode & 0o7777)
  await handle.sync()
}
