import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ConfigError } from '../../config/problems.ts'
import { type ReadFacts, readFacts } from '../../inventory/facts-file.ts'
import { MalformedObject } from '../../kube/shape.ts'

/** What `--facts` names. Throws ConfigError for a file that cannot be read, or that `holdfast facts` has not written. */
export async function factsFrom(file: string | undefined, cwd: string): Promise<ReadFacts | undefined> {
  if (file === undefined) return undefined
  try {
    return readFacts(JSON.parse(await readFile(resolve(cwd, file), 'utf8')))
  } catch (error) {
    if (error instanceof MalformedObject) throw new ConfigError([`${file}: ${error.message}`])
    if (error instanceof SyntaxError) throw new ConfigError([`${file}: not JSON, as holdfast facts writes it`])
    if (error instanceof Error && 'code' in error)
      throw new ConfigError([`${file}: cannot be read: ${String(error.code)}`])
    throw error
  }
}
