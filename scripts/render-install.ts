import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { chartFingerprint } from './chart-fingerprint.ts'

const root = join(import.meta.dirname, '..')
/** Labels that say how Helm installs it. */
const ofHelm = /^ +(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm

export function helm(args: readonly string[]): string {
  const path = run('scripts/helm.sh', []).trim()
  return run(path, args)
}

function run(file: string, args: readonly string[]): string {
  return execFileSync(file, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The chart with its default values, or with others, and the namespace that Helm would make by itself. */
export function renderInstall(values: Readonly<Record<string, string>> = {}): string {
  const options = ['--namespace', 'holdfast-system', '--set', 'createNamespace=true', '--skip-tests']
  const set = Object.entries(values).flatMap(([path, value]) => ['--set-string', `${path}=${value}`])
  const objects = helm(['template', 'holdfast', 'deploy/chart', ...options, ...set])
  const own = objects.replaceAll(ofHelm, '')
  const head = [
    '# Holdfast, with the default values of its chart (deploy/chart). Written by npm run render.',
    `# chart: ${chartFingerprint(root)}`
  ]
  return `${head.join('\n')}\n${own.trim().replaceAll(/\n+(?=---\n)/g, '\n')}\n`
}
