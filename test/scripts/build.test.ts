import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

void t.test('the bundle is one file that needs no packages beside it', (test) => {
  const folder = test.testdir({ 'package.json': '{ "type": "module" }' })
  const bundle = join(folder, 'holdfast.js')
  // tap preloads its own modules into every node process.
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } } as const
  execFileSync(process.execPath, ['scripts/build.ts', bundle], options)
  test.notMatch(readFileSync(bundle, 'latin1'), /[^\0-\x7f]/, 'one letter beyond ASCII doubles what V8 keeps of it')
  const away = { ...options, cwd: folder }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  test.equal(execFileSync(process.execPath, [bundle, 'version'], away), `holdfast ${manifest.version}\n`)
  test.match(execFileSync(process.execPath, [bundle, 'explain', 'min-replicas'], away), /^# `min-replicas`\n/)
  const refused = spawnSync(process.execPath, [bundle, 'webhook', '--kubeconfig', 'nowhere'], away)
  test.equal(refused.status, 2, 'configuration is checked with the same words')
  test.match(refused.stderr, 'tls.certificateFile')
  const missing = ['--certificate', 'none.crt', '--key', 'none.key']
  test.match(spawnSync(process.execPath, [bundle, 'webhook', ...missing], away).stderr, 'none.crt')
  test.end()
})
