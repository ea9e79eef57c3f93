// What lint costs on 1 000 files, beside a bare parse of the same files, and beside other linters. See docs/benchmark.md.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Options } from './options.ts'
import { describeMachine } from './machine.ts'
import { median } from './median.ts'
import { toTable } from './table.ts'
import { type Timed, timed } from './timed.ts'

const files = 1000

interface Case {
  name: string
  command: string
  args: readonly string[]
  runs: Timed[]
}

/** Measures `rounds` times, by turns. Returns the exit code. */
export function benchLint({ rounds, main }: Pick<Options, 'rounds' | 'main'>): number {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-lint-'))
  try {
    const manifests = join(folder, 'manifests')
    mkdirSync(manifests)
    let bytes = 0
    for (let index = 0; index < files; index++) {
      const file = join(manifests, `service-${index}.yaml`)
      writeFileSync(file, manifestOf(index))
      bytes += statSync(file).size
    }
    const cases = [...ownCases(manifests, main, packInto(folder)), ...otherCases(manifests)]
    const loadBefore = load()
    for (let round = 0; round < rounds; round++) for (const one of cases) one.runs.push(timed({ ...one, folder }))
    const { machine = '', versions = '' } = describeMachine('none')
    console.log(`machine   ${machine}\nversions  ${versions}`)
    console.log(
      `load      ${loadBefore} before, ${load()} after: processes that want a core, the measured one among them`
    )
    console.log(`files     ${files}, ${(bytes / 1e6).toFixed(1)} MB, 3 objects in each\nrounds    ${rounds}, medians\n`)
    console.log(tableOf(cases))
    return 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The load average of the last minute. */
function load(): string {
  return (loadavg()[0] ?? NaN).toFixed(1)
}

/** Packs the npm package, and returns its program. */
function packInto(folder: string): string {
  const options = { cwd: folder, encoding: 'utf8' } as const
  const tarball = execFileSync(process.execPath, [join(import.meta.dirname, '../scripts/pack.ts'), folder], options)
  execFileSync('tar', ['xzf', tarball.trim()], options)
  return join(folder, 'package/holdfast.js')
}

function ownCases(manifests: string, main: string, packed: string): Case[] {
  const command = process.execPath
  const lint = ['lint', '--no-config', manifests]
  return [
    { command, name: 'holdfast lint, the npm package', args: [packed, ...lint], runs: [] },
    { command, name: 'holdfast lint, the bundle of the image', args: [main, ...lint], runs: [] },
    { command, name: 'yaml, a bare parse', args: [join(import.meta.dirname, 'yaml-parse.ts'), manifests], runs: [] }
  ]
}

/** Those that can be built. The script says which cannot: a table without them must not look as if none existed. */
function otherCases(manifests: string): Case[] {
  const script = join(import.meta.dirname, 'linters.sh')
  const { stdout } = spawnSync('sh', [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const args: Readonly<Record<string, readonly string[]>> = {
    'kube-linter': ['lint', manifests],
    'kube-score': ['score', ...Array.from({ length: files }, (_, index) => join(manifests, `service-${index}.yaml`))]
  }
  return stdout.split('\n').flatMap((command) => {
    const program = basename(command)
    const name = `${program} ${basename(dirname(command))}`
    return program === '' ? [] : [{ command, name, args: args[program] ?? [], runs: [] }]
  })
}

function tableOf(cases: readonly Case[]): string {
  const middle = ({ runs }: Case, key: keyof Timed) => median(runs.map((run) => run[key]))
  return toTable<Case>(
    [
      { head: 'program', cell: ({ name }) => name },
      { head: 'CPU s', cell: (one) => middle(one, 'cpuSeconds').toFixed(2) },
      { head: 'wall s', cell: (one) => middle(one, 'wallSeconds').toFixed(2) },
      { head: 'resident at most, MiB', cell: (one) => middle(one, 'residentMiB').toFixed(0) }
    ],
    cases
  )
}

/** A file as teams write them: a Deployment of two containers, its Service and its budget. Each third lacks a probe. */
function manifestOf(index: number): string {
  const name = `service-${index}`
  const settings = Array.from(
    { length: 12 },
    (_, at) => `            - name: SETTING_${at}\n              value: "value of ${at}"`
  )
  const probe = `          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: 5
`
  return `# ${name}, and what keeps it up
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: team-${index % 50}
  labels: {app: ${name}}
spec:
  replicas: ${1 + (index % 4)}
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: web
          image: images.example/web:1
          ports:
            - name: http
              containerPort: 8080
${index % 3 === 0 ? '' : probe}          env:
${settings.join('\n')}
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 256Mi}
        - name: proxy
          image: images.example/proxy:1
          env:
${settings.join('\n')}
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: team-${index % 50}
spec:
  selector:
    app: ${name}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${name}
  namespace: team-${index % 50}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: ${name}
`
}
