import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Binaries } from './cluster-binaries.ts'

export type Finished = { readonly code: number; readonly stdout: string; readonly stderr: string }
export type RunOptions = {
  /** Written to standard input; an object as JSON, which kubectl reads like YAML. */
  readonly input?: string | object
  readonly environment?: Readonly<Record<string, string>>
}
export type Kubectl = (args: readonly string[], options?: RunOptions) => Promise<Finished>

/** The user's own kubectl settings have no say here. It ends before collecting garbage pays: without that it takes half the time. */
export function kubectlFor(binaries: Binaries, kubeconfig: string, home: string): Kubectl {
  return (args, options = {}) =>
    run(binaries.command('kubectl', args), {
      ...options,
      environment: { KUBECONFIG: kubeconfig, HOME: home, KUBECTL_KUBERC: 'false', GOGC: 'off', ...options.environment }
    })
}

/** Runs to the end, whatever the exit code. */
export async function run([file, ...args]: readonly [string, ...string[]], options: RunOptions): Promise<Finished> {
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
    timeout: 60_000
  })
  // A command that does not read its input closes the pipe early.
  child.stdin.on('error', () => {})
  child.stdin.end(typeof options.input === 'object' ? JSON.stringify(options.input) : options.input)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode ?? 1, stdout, stderr }
}
