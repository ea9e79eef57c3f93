import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Image {
  /** With its tags: the same content, under several names. */
  readonly names: readonly [string, ...string[]]
  /** A folder with everything that the image holds. */
  readonly root: string
  readonly entrypoint: readonly string[]
  /** As `user` and `env` of an image's configuration. */
  readonly user?: string
  readonly environment?: readonly string[]
}

/** Packs a folder as a docker-archive, which containerd imports: no registry, no builder. */
export function packImage(image: Image, archive: string): void {
  const work = mkdtempSync(`${archive}-`)
  const layer = join(work, 'layer.tar')
  tar(layer, image.root, ['.'])
  const digest = createHash('sha256').update(readFileSync(layer)).digest('hex')
  const config = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: image.entrypoint, User: image.user ?? '65532', Env: image.environment ?? [] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] }
  })
  const manifest = [{ Config: 'config.json', RepoTags: image.names, Layers: ['layer.tar'] }]
  writeFileSync(join(work, 'config.json'), config)
  writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest))
  tar(archive, work, ['manifest.json', 'config.json', 'layer.tar'])
  rmSync(work, { recursive: true })
}

function tar(archive: string, folder: string, names: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['--owner=0', '--group=0', '--sort=name', '-C', folder, '-cf', archive, ...names])
}
