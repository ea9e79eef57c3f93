// Renders deploy/install.yaml from the chart, with Helm. With --check it writes nothing and fails where the two differ.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chartFingerprint } from './chart-fingerprint.ts'

const root = join(import.meta.dirname, '..')
const target = join(root, 'deploy/install.yaml')

/** Labels that say how Helm installs it. */
const ofHelm = /^ +(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm

function run(file: string, args: readonly string[]): string {
  return execFileSync(file, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The chart with its default values, and the namespace that Helm would make by itself. */
function render(): string {
  const helm = run('scripts/helm.sh', []).trim()
  const options = ['--namespace', 'holdfast-system', '--set', 'createNamespace=true', '--skip-tests']
  const objects = run(helm, ['template', 'holdfast', 'deploy/chart', ...options])
  const head = [
    '# Holdfast, with the default values of its chart (deploy/chart). Written by npm run render.',
    `# chart: ${chartFingerprint(root)}`
  ]
  const own = objects.replaceAll(ofHelm, '')
  return `${head.join('\n')}\n${own.trim().replaceAll(/\n+(?=---\n)/g, '\n')}\n`
}

const text = render()
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('deploy/install.yaml differs from what the chart renders; npm run render writes it')
    process.exitCode = 1
  }
} else {
  writeFileSync(target, text)
}
