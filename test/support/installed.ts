import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

export interface Installed {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

export const installFile = join(import.meta.dirname, '../../deploy/install.yaml')

/** The objects of deploy/install.yaml of these kinds; of all without any. */
export function installed(...kinds: readonly string[]): readonly Installed[] {
  const objects = parseAllDocuments(readFileSync(installFile, 'utf8')).map((document) => document.toJS() as Installed)
  return kinds.length === 0 ? objects : objects.filter(({ kind }) => kinds.includes(kind))
}
