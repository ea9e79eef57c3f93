import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chdir } from 'node:process'
import type { Test } from 'tap'
import { ConfigError } from '../../src/config/problems.ts'
import type { Outside } from '../../src/commands/look/outside.ts'
import type { Ended } from './process.ts'

export type LookCommand = (args: readonly string[], outside: Outside) => Promise<number>

/** Makes a folder with these files, and makes it the working directory. */
export function folderWith(test: Test, files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = test.testdir()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const before = process.cwd()
  chdir(root)
  test.teardown(() => chdir(before))
  return root
}

/** Runs a command that only looks in this process, in the working directory. */
export async function look(
  command: LookCommand,
  args: readonly string[],
  given: Partial<Outside> = {}
): Promise<Ended> {
  const ended: Ended = { status: 0, stdout: '', stderr: '' }
  const outside: Outside = {
    cwd: process.cwd(),
    environment: {},
    isTerminal: false,
    today: () => '2026-11-29',
    write: async (text) => void (ended.stdout += text),
    note: (line) => void (ended.stderr += `${line}\n`),
    ...given
  }
  try {
    ended.status = await command(args, outside)
    return ended
  } catch (error) {
    // As main has it.
    if (!(error instanceof ConfigError)) throw error
    return { status: 2, stdout: ended.stdout, stderr: `${ended.stderr}${error.message}\n` }
  }
}

/** A Deployment as YAML that no policy of the profile standard finds anything in, beside its budget; with other fields of its spec, or of its container. */
export function deploymentYaml(name: string, { replicas = 2, probe = true, namespace = '' } = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}${namespace === '' ? '' : `\n  namespace: ${namespace}`}
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: ScheduleAnyway
          labelSelector: { matchLabels: { app: ${name} } }
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector: { matchLabels: { app: ${name} } }
      containers:
        - name: web
          image: web:1
          resources: { requests: { cpu: 100m, memory: 64Mi } }
          ports: [{ containerPort: 8080 }]
          lifecycle: { preStop: { sleep: { seconds: 5 } } }${probe ? '\n          readinessProbe: { httpGet: { port: 8080 } }' : ''}
`
}

export function budgetYaml(name: string): string {
  return `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${name}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector: { matchLabels: { app: ${name} } }
`
}

/** A Deployment that three remedies and a budget mend, and a Service that leads to it. */
export function bareYaml({ replicas = 3, more = '' } = {}): string {
  return `# The shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # not shop${more}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        resources: {requests: {cpu: 100m, memory: 128Mi}}
        ports:
        - containerPort: 8080
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
`
}
