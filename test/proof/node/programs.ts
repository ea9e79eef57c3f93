import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { appImage, pauseImage } from '../manifest.ts'
import { packImage } from './image.ts'

const root = join(import.meta.dirname, '../../..')

/** Builds what the parts run on, where it is not there yet: from inside the namespace nothing could be downloaded. */
export function buildPrograms(parts: readonly string[]): void {
  buildControlPlane()
  nodeProgram()
  if (parts.includes('own')) helmProgram()
}

/** Whether any was built here before: then most of what a build needs is there too. */
export function wasBuilt(): boolean {
  const caches = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const cache = process.env['CONTROL_PLANE_CACHE'] || join(caches, 'holdfast')
  return ['control-plane', 'node'].some((name) => globSync(join(cache, name, '*', name)).length > 0)
}

/** The path of the program that holds kubelet and kube-proxy; built where it is not there yet, which takes minutes. */
export function nodeProgram(): string {
  return printed(join(root, 'scripts/control-plane.sh'), ['node'])
}

/** The path of Helm, built likewise. */
export function helmProgram(): string {
  return printed(join(root, 'scripts/helm.sh'), [])
}

/** Builds the control plane where it is not there yet. Programs from elsewhere have no controller manager and no scheduler. */
function buildControlPlane(): void {
  printed(join(root, 'scripts/control-plane.sh'), [], { KUBEBUILDER_ASSETS: '' })
}

function printed(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment }
  })
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} failed`)
  return stdout.trim()
}

/** The application, under two tags, and what every pod begins with, as archives. */
export function buildImages(folder: string): readonly string[] {
  const programs = join(folder, 'programs')
  mkdirSync(programs, { recursive: true })
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', `${programs}/`]
  const { status } = spawnSync('go', ['build', ...flags, './app', './pause'], {
    cwd: join(import.meta.dirname, '../programs'),
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'inherit']
  })
  if (status !== 0) throw new Error('could not build the programs of the pods')
  return [pack(folder, 'app', [`${appImage}:1`, `${appImage}:2`]), pack(folder, 'pause', [pauseImage])]
}

function pack(folder: string, program: string, names: readonly [string, ...string[]]): string {
  const [contents, archive] = [join(folder, program), join(folder, `${program}.tar`)]
  mkdirSync(contents)
  cpSync(join(folder, 'programs', program), join(contents, program))
  packImage({ names, root: contents, entrypoint: [`/${program}`] }, archive)
  return archive
}
