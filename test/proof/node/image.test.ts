import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packImage } from './image.ts'

const reason = reasonToSkip()

void t.test('a folder becomes an image that a runtime can import', { skip: reason ?? false }, (test) => {
  const directory = test.testdir({ root: { app: 'the program', etc: { passwd: 'nobody' } } })
  const [archive, opened] = [join(directory, 'app.tar'), join(directory, 'opened')]
  packImage({ names: ['example/app:1', 'example/app:2'], root: join(directory, 'root'), entrypoint: ['/app'] }, archive)
  mkdirSync(opened)
  execFileSync('tar', ['-C', opened, '-xf', archive])
  const read = (name: string) => readFileSync(join(opened, name))
  const [manifest] = JSON.parse(read('manifest.json').toString()) as [{ RepoTags: string[]; Layers: [string] }]
  test.strictSame(manifest.RepoTags, ['example/app:1', 'example/app:2'])
  const config = JSON.parse(read('config.json').toString()) as {
    rootfs: { diff_ids: [string] }
    config: { Entrypoint: string[]; User: string }
  }
  const layer = read(manifest.Layers[0])
  test.equal(config.rootfs.diff_ids[0], `sha256:${createHash('sha256').update(layer).digest('hex')}`)
  test.strictSame(config.config.Entrypoint, ['/app'])
  test.equal(config.config.User, '65532', 'not root, where nobody says otherwise')
  const names = execFileSync('tar', ['-tf', join(opened, manifest.Layers[0])], { encoding: 'utf8' }).split('\n')
  test.ok(names.includes('./etc/passwd'))
  test.end()
})

function reasonToSkip(): string | undefined {
  const isGnu = /GNU tar/.test(spawnSync('tar', ['--version'], { encoding: 'utf8' }).stdout)
  // In CI it fails instead.
  if (isGnu || process.env['CI'] === 'true') return undefined
  process.stderr.write('\n*** THE TEST OF IMAGES IS SKIPPED: it needs GNU tar\n\n')
  return 'needs GNU tar'
}
