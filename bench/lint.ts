// What lint costs on 1 000 files, beside a bare parse of the same files, and beside other linters where they are installed. See docs/benchmark.md.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
    const cases = [...ownCases(manifests, main), ...otherCases(manifests)]
    for (let round = 0; round < rounds; round++) for (const one of cases) one.runs.push(timed({ ...one, folder }))
    const { machine = '', versions = '' } = describeMachine('none')
    console.log(`machine   ${machine}\nversions  ${versions}`)
    console.log(`files     ${files}, ${(bytes / 1e6).toFixed(1)} MB, 3 objects in each\nrounds    ${rounds}, medians\n`)
    console.log(tableOf(cases))
    return 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function ownCases(manifests: string, main: string): Case[] {
  const command = process.execPath
  return [
    { command, name: 'yaml, a bare parse', args: [join(import.meta.dirname, 'yaml-parse.ts'), manifests], runs: [] },
    { command, name: 'holdfast lint', args: [main, 'lint', manifests], runs: [] }
  ]
}

/** Says which linters are missing: a table without them must not look as if none existed. */
function otherCases(manifests: string): Case[] {
  const known = [
    { command: 'kube-linter', args: ['lint', manifests] },
    {
      command: 'kube-score',
      args: ['score', ...Array.from({ length: files }, (_, index) => join(manifests, `service-${index}.yaml`))]
    }
  ]
  return known.flatMap(({ command, args }) => {
    const isThere = spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0
    if (!isThere) console.error(`NOT MEASURED: ${command} is not installed`)
    return isThere ? [{ name: command, command, args, runs: [] }] : []
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
