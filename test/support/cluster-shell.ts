import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findBinaries } from './cluster-binaries.ts'
import { type Finished, run } from './cluster-kubectl.ts'
import type { ControlPlane } from './control-plane.ts'
import { helmPath } from './helm.ts'

export type Shell = (commands: string) => Promise<Finished>

/** They end before collecting garbage pays. Of Helm that is not sure: it may wait for what it installs. */
const collecting: Readonly<Record<string, string>> = { kubectl: 'off', helm: '400' }
const root = join(import.meta.dirname, '../..')

/** A shell in the top folder of the project, with kubectl and helm as somebody has them who administers this cluster. */
export async function shellOf({ directory, kubeconfigOf }: ControlPlane): Promise<Shell> {
  const folder = join(directory, 'bin')
  mkdirSync(folder)
  const binaries = await findBinaries()
  const commands = { kubectl: binaries.command('kubectl', []), helm: [await helmPath()] }
  for (const [name, command] of Object.entries(commands)) {
    const words = command.map((word) => `'${word}'`).join(' ')
    writeFileSync(join(folder, name), `#!/bin/sh\nGOGC=${collecting[name]} exec ${words} "$@"\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const environment = {
    PATH: `${folder}:${process.env['PATH']}`,
    HOME: directory,
    KUBECONFIG: kubeconfigOf('admin'),
    KUBECTL_KUBERC: 'false'
  }
  return (text) => run(['sh', '-e', '-c', `cd '${root}'\n${text}`], { environment })
}
