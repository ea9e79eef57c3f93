import { baseName } from './base-name.ts'
import { commandLine, type Container } from './pod.ts'

/** Programs that open no port. */
const quiet = new Set(
  ': true false test [ [[ sleep tail cat echo printf date touch mkdir cp mv rm ls chmod chown ln cd set export trap wait exit pause'.split(
    ' '
  )
)
const shells = new Set(['sh', 'bash', 'ash', 'dash'])
const initPrograms = new Set(['tini', 'dumb-init'])

/** Whether the command of a container plainly serves nothing: `sleep infinity`, `tail -f /dev/null`, or a shell script of such commands. */
export function isIdle(container: Container): boolean {
  if (container.command === undefined && container.args === undefined) return false
  const [program, options = '', script] = withoutInit(commandLine(container))
  if (program === undefined) return false
  const name = baseName(program)
  if (!shells.has(name)) return quiet.has(name)
  return script !== undefined && options.startsWith('-') && options.endsWith('c') && isIdleScript(script)
}

/** An init program runs the command that follows its options. */
function withoutInit(line: readonly string[]): readonly string[] {
  if (!initPrograms.has(baseName(line[0] ?? ''))) return line
  return line.slice(line.findIndex((word, index) => index > 0 && !word.startsWith('-')))
}

/** Cuts a script into its commands, also within quotes and loops. A part that is cut wrongly does not count as a quiet program. */
const betweenCommands = /[;&|\n(){}`]+/
const prefix = /^(?:(?:while|until|if|elif|do|then|else|exec|!|[A-Za-z_]\w*=\S*)\s+)*/
const closing = /^(?:done|fi|do|then|else)\b/

function isIdleScript(script: string): boolean {
  return script.split(betweenCommands).every((part) => {
    const command = part.trim().replace(prefix, '')
    return command === '' || closing.test(command) || quiet.has(baseName(command.split(/\s+/, 1)[0] ?? ''))
  })
}
