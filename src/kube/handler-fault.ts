import { baseName } from './base-name.ts'
import { type Container, type Hook, type Probe, variablesOf } from './pod.ts'
import { portNumber } from './probe.ts'

/** Why the kubelet cannot run a probe or a hook as its author meant it, and where that is: `exec.command`. */
export type HandlerFault = { at: string } & ({ kind: 'no port'; name: string } | LostVariable)

/**
 * A variable that a command names and does not get. Only a shell expands `$HOST`, and there is none; a hook does not expand `$(HOST)`; a
 * probe does, but what comes by `valueFrom` is empty there.
 */
interface LostVariable {
  kind: 'no shell' | 'in a hook' | 'value from'
  /** As the command has it: `$HOST`, `${HOST}`, `$(HOST)`. */
  text: string
  /** Its name: `HOST`. */
  name: string
}

/** The fault of a probe: a handler has no more than one that matters. */
export function faultOfProbe(probe: Probe, container: Container): HandlerFault | undefined {
  const { exec } = probe
  return faultOfPort(probe, container) ?? (exec && faultOfCommand(lostInProbe(exec.command ?? [], container)))
}

export function faultOfHook(hook: Hook, container: Container): HandlerFault | undefined {
  const { exec } = hook
  return faultOfPort(hook, container) ?? (exec && faultOfCommand(lostInHook(exec.command ?? [], container)))
}

/** A port by name is one of the same container, or none. */
function faultOfPort({ httpGet, tcpSocket }: Probe | Hook, container: Container): HandlerFault | undefined {
  const port = httpGet?.port ?? tcpSocket?.port
  if (port === undefined || portNumber(port, container) !== undefined) return undefined
  return { at: `${httpGet === undefined ? 'tcpSocket' : 'httpGet'}.port`, kind: 'no port', name: String(port) }
}

function faultOfCommand(lost: LostVariable | undefined): HandlerFault | undefined {
  return lost === undefined ? undefined : { at: 'exec.command', ...lost }
}

/**
 * The first variable that the command of an exec probe does not get. The kubelet expands `$(NAME)` there by the values of `env` alone, and
 * takes the empty text for a `valueFrom` (kubernetes pkg/kubelet/container/helpers.go, ExpandContainerCommandOnlyStatic).
 */
function lostInProbe(command: readonly string[], container: Container): LostVariable | undefined {
  const named = inParentheses(command)
  if (named.length === 0) return forShell(command)
  // A later variable of the same name replaces an earlier one.
  const all = new Map(variablesOf(container).map(({ name = '', value, valueFrom }) => [name, { value, valueFrom }]))
  const empty = named.find((name) => {
    const variable = all.get(name)
    return variable?.valueFrom !== undefined && (variable.value ?? '') === ''
  })
  return empty === undefined ? forShell(command) : { kind: 'value from', text: `$(${empty})`, name: empty }
}

/**
 * The first variable that the command of an exec hook does not get: the kubelet runs it as it is written (kubernetes
 * pkg/kubelet/lifecycle/handlers.go). A shell takes `$(NAME)` for a command; here it only counts where `env` has the name.
 */
function lostInHook(command: readonly string[], container: Container): LostVariable | undefined {
  const named = inParentheses(command)
  const names = new Set(named.length === 0 ? [] : variablesOf(container).map(({ name }) => name))
  const whole = named.find((name) => names.has(name))
  return whole === undefined ? forShell(command) : { kind: 'in a hook', text: `$(${whole})`, name: whole }
}

/** The names in `$(NAME)`. `$$` stands for one `$`. */
function inParentheses(command: readonly string[]): string[] {
  return command.flatMap((word) => {
    return Array.from(word.matchAll(/\$\$|\$\(([^)]*)\)/g), ([, name]) => name).filter((name) => name !== undefined)
  })
}

/** Shells, and programs for which `$` has a meaning of its own, or that start a shell. */
const readers: ReadonlySet<string> = new Set(
  (
    'sh ash bash dash zsh ksh mksh yash fish csh tcsh busybox cmd cmd.exe powershell powershell.exe pwsh pwsh.exe ' +
    'awk gawk mawk nawk perl php ruby tclsh expect jq yq gojq sed grep egrep node deno bun python python2 python3 ' +
    'mongo mongosh psql mysql envsubst su runuser sudo ssh script watch execlineb launcher'
  ).split(' ')
)

/** Names of variables as people write them: anything else is more likely a part of a pattern. */
const shellVariable = /\$(?:\{([A-Z_][A-Z0-9_]+)\}|([A-Z_][A-Z0-9_]+))/

function forShell(command: readonly string[]): LostVariable | undefined {
  if (command.some((word) => readers.has(baseName(word)))) return undefined
  // The first word is the program, which the kubelet looks up as it is written.
  for (const word of command) {
    const [text, inBraces, bare] = shellVariable.exec(word) ?? []
    const name = inBraces ?? bare
    if (text !== undefined && name !== undefined) return { kind: 'no shell', text, name }
  }
  return undefined
}
