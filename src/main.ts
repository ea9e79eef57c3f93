#!/usr/bin/env node
import { basename } from 'node:path'
import type { RunCommand } from './commands/command.ts'
import { ConfigError } from './config/config-error.ts'
import { didYouMean } from './engine/nearest.ts'

interface Entry {
  summary: string
  load: () => Promise<{ run: RunCommand }>
}

const commands: ReadonlyMap<string, Entry> = new Map([
  ['lint', { summary: 'check manifests before they reach a cluster', load: () => import('./commands/lint.ts') }],
  ['fix', { summary: 'repair manifests, and change nothing else in them', load: () => import('./commands/fix.ts') }],
  ['scan', { summary: 'check what runs in a cluster', load: () => import('./commands/scan.ts') }],
  [
    'facts',
    { summary: 'save the objects of a cluster for lint, fix and scan', load: () => import('./commands/facts.ts') }
  ],
  ['explain', { summary: 'print the page of a policy', load: () => import('./commands/explain.ts') }],
  ['convert', { summary: 'write a saved report in another format', load: () => import('./commands/convert.ts') }],
  [
    'webhook',
    { summary: 'answer the admission reviews of an API server', load: () => import('./commands/webhook.ts') }
  ],
  [
    'controller',
    { summary: 'keep companion budgets and certificates', load: () => import('./commands/controller.ts') }
  ],
  ['ping', { summary: 'ask a webhook whether it answers', load: () => import('./commands/ping.ts') }],
  ['version', { summary: 'print the version', load: () => import('./commands/version.ts') }]
])

/** As a plugin of kubectl it is started by that name. */
const program = basename(process.argv[1] ?? '').startsWith('kubectl-') ? 'kubectl holdfast' : 'holdfast'
const summaries = [...commands].map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`).join('\n')
const help = `Holdfast keeps workloads up through rollouts, node drains and zone loss.

Usage: ${program} <command> [flags]

Commands:
${summaries}
  help       print this help, or the help of a command

"${program} help <command>" lists the flags of a command.`

async function dispatch([name = 'help', ...args]: readonly string[]): Promise<number> {
  if (name === '--version') return dispatch(['version', ...args])
  const command = commands.get(name)
  if (command !== undefined) return (await command.load()).run({ args, environment: process.env })
  if (!['help', '--help', '-h'].includes(name)) {
    const near = didYouMean(name, [...commands.keys(), 'help'])
    throw new ConfigError([`${program} ${name}: no such command${near}`])
  }
  if (args[0] !== undefined && args[0] !== 'help') return dispatch([args[0], '--help'])
  console.log(help)
  return 0
}

/** A wrong question is answered with every problem in it, and no stack. */
function explain(error: unknown): number {
  if (!(error instanceof ConfigError)) throw error
  console.error(error.message)
  return 2
}

// Of two that contradict each other FORCE_COLOR counts, and an empty one is not set. Node would have an opinion, too, and print it.
if ((process.env['FORCE_COLOR'] ?? '') === '') delete process.env['FORCE_COLOR']
else delete process.env['NO_COLOR']

// Nothing ends process 1 of a container but a signal that it listens to, and a command listens only once it is loaded. Any other process
// is ended by the signal itself, at once, however busy it is.
for (const [name, exitCode] of process.pid === 1 ? Object.entries({ SIGINT: 130, SIGTERM: 143 }) : []) {
  process.on(name, () => {
    if (process.listenerCount(name) === 1) process.exit(exitCode)
  })
}

// Not left to come to an end by itself: a client that stalls in its handshake would hold the process up.
process.exit(await dispatch(process.argv.slice(2)).catch(explain))
