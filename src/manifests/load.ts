import { readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { decode, type Decoded, largestFile, tooLarge } from './decode.ts'

/** The name of standard input. */
export const standardInput = '-'

/** Reads a file, or standard input by the name `-`. Never throws; of an endless file it reads no more than a file may have. */
export async function loadText(path: string): Promise<Decoded> {
  try {
    const bytes = path === standardInput ? await collect(process.stdin) : await readFile(path)
    return bytes === undefined ? tooLarge : decode(bytes)
  } catch (error) {
    return { problem: reasonOf(error) }
  }
}

/** Where the size is known, the file is read in one go: that takes a tenth of the time of a stream. */
async function readFile(path: string): Promise<Uint8Array | undefined> {
  const status = statSync(path)
  if (status.size > largestFile) return undefined
  if (status.isFile() && status.size > 0) return readFileSync(path)
  await using file = await open(path)
  return await collect(file.createReadStream({ autoClose: false }))
}

/** All bytes of a stream; undefined if they are too many. */
async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > largestFile) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'a folder, not a file',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'a link that leads to itself',
  EROFS: 'a read-only file system',
  ENOSPC: 'no space left'
}

/** Why the file system refuses, in words. Rethrows what is no error of the system. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code === undefined) throw error
  return reasons[code] ?? `cannot be read: ${code}`
}
