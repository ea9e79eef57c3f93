import { execFileSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import manifest from '../package.json' with { type: 'json' }

const root = dirname(import.meta.dirname)

function parts(version: string): [number, number] {
  const [major = 0, minor = 0] = version
    .replace(/^[^\d]*/, '')
    .split('.')
    .map(Number)
  return [major, minor]
}

void t.test('the runtime is at least the one that package.json asks for', async (test) => {
  const [major, minor] = parts(process.version)
  const [wantedMajor, wantedMinor] = parts(manifest.engines.node)
  test.equal(manifest.engines.node, '>=22.19')
  test.ok(major > wantedMajor || (major === wantedMajor && minor >= wantedMinor), process.version)
})

void t.test('npm scripts run on the node of node_modules, not on the one of the machine', async (test) => {
  const script = 'node -p process.execPath'
  const path = execFileSync('npm', ['exec', '--offline', '--call', script], { cwd: root, encoding: 'utf8' }).trim()
  test.match(path, fileURLToPath(new URL('node_modules/', `file://${root}/`)))
  test.equal(process.execPath, path, 'these tests too')
})
