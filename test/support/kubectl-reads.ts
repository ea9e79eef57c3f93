import type { JsonObject } from '../../src/kube/shape.ts'
import type { Kubectl } from './cluster-kubectl.ts'

export interface ReadByKubectl {
  /** In the order of the files, which is that of their paths, and of their documents. Items of Lists are objects of their own. */
  objects: readonly JsonObject[]
  /** What kubectl says it cannot read. */
  problems: string
}

/**
 * What kubectl itself reads of a file, or of all files below a folder, in one call. It patches nothing, and talks to no server: the objects
 * come as it decodes them, without defaults and with their nulls.
 */
export async function kubectlReads(kubectl: Kubectl, path: string): Promise<ReadByKubectl> {
  const nothing = ['patch', '--local', '--type=json', '--patch=[]', '--output=json', '--show-managed-fields']
  const { code, stdout, stderr } = await kubectl([...nothing, '--recursive', '--filename', path])
  if (code !== 0 && stderr === '') throw new Error(`kubectl exited ${code}`)
  // Each object is indented, but for its first brace and its last.
  const texts = stdout.match(/^\{$[^]*?^\}$/gm) ?? []
  return { objects: texts.map((text) => JSON.parse(text) as JsonObject), problems: stderr }
}
