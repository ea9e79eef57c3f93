import { baseName } from './base-name.ts'

/** What a shell script shows of the time that it takes. */
export interface ScriptTime {
  /** The seconds of its sleeps together; undefined if it shows none. */
  least: number | undefined
  /** Whether no sleep may be left that was not read. */
  isWhole: boolean
}

/** A simple command, and what follows it; '' at the end of the script. */
interface Step {
  words: readonly string[]
  next: string
}

const sleepPrograms = new Set(['sleep', '/bin/sleep', '/usr/bin/sleep'])

/** The seconds of a command that is a sleep of whole seconds. */
export function sleepSeconds([program = '', seconds = '']: readonly string[]): number | undefined {
  return sleepPrograms.has(program) && /^[0-9]{1,9}s?$/.test(seconds) ? Number.parseInt(seconds, 10) : undefined
}

/**
 * Reads a script of simple commands in a row, as if each of them succeeded: sleeps add up, and what follows `||` is skipped. Reading
 * ends at a command that may stop the application, because a later sleep no longer delays the application, and at everything else.
 */
export function timeOfScript(script: string): ScriptTime {
  if (script.length > longestScript) return { least: undefined, isWhole: false }
  const reader = { script, at: 0 }
  let least: number | undefined
  let isSkipped = false
  for (;;) {
    const step = readStep(reader)
    if (step === undefined) return { least, isWhole: false }
    const effect = isSkipped ? 'none' : effectOf(step)
    if (effect === 'unreadable') return { least, isWhole: false }
    if (effect === 'ends') return { least, isWhole: !script.includes('sleep', reader.at) }
    if (effect !== 'none') least = (least ?? 0) + effect
    if (step.next === '') return { least, isWhole: true }
    isSkipped = step.next === '||'
  }
}

/** Longer than any hook that a person writes. */
const longestScript = 64 * 1024

/** Reserved words, and commands that run text: what they do is not read. */
const opaque = new Set('! { } [[ . if then elif else fi for while until do done case esac function'.split(' '))
for (const name of 'select time coproc exec eval source trap alias'.split(' ')) opaque.add(name)
/** Commands that neither stop the application nor fail. */
const harmless = new Set(': true echo printf touch logger date sync set cd export wait'.split(' '))
/** Commands that ask something, so whether `&&` and `||` go on is open. */
const question =
  /^(?:\[|test|false|[ef]?grep|pgrep|pidof|ps|nc|which|type|command|cmp|diff|(?:is|has|can|check|test)[-_].*)$/
const stopping = /(?<!pre[-_]?)stop|quit|shut|term|kill|halt|exit|leave|down|abort|destroy/i
const harmlessSignal = /^p?kill(?:all)? -(?:s |n )?(?:SIG)?(?:USR[12]|HUP)\b/

/** How many seconds a command sleeps; or whether it does nothing to the time, ends the reading, or cannot be read. */
function effectOf({ words, next }: Step): number | 'none' | 'ends' | 'unreadable' {
  const seconds = words.length === 2 ? sleepSeconds(words) : undefined
  if (seconds !== undefined) return seconds
  const [program = '', ...rest] = words.slice(words.findIndex((one) => !/^\w+=/.test(one)))
  const name = baseName(program)
  if (words.every((one) => /^\w+=/.test(one)) || harmless.has(name)) return 'none'
  if (name === 'exit' || name === 'return') return 'ends'
  const isOpen = (next === '&&' || next === '||') && question.test(name)
  if (isOpen || opaque.has(program) || /\$/.test(program) || words.some((one) => one.includes('sleep'))) {
    return 'unreadable'
  }
  const text = [name, ...rest].join(' ')
  return stopping.test(text) && !harmlessSignal.test(text) ? 'ends' : 'none'
}

interface Reader {
  script: string
  at: number
}

/** Characters, escapes, quotes, variables, and command substitutions without quotes and parentheses in them. */
const word = /(?:[^\s;&|<>()'"`\\$]|'[^']*'|"(?:[^"`\\$]|\$(?!\())*"|\$\([^()'"`]*\)|\$\{?[\w?!#@*$]+\}?|\\[^\n])+/y
const blank = /(?:[ \t]|\\\n)+|#[^\n]*|[0-9]*>>?(?:&[0-9]|[ \t]*[\w./-]+)/y
const operator = /&&|\|\||;(?!;)|\n/y

/** The next command of a script; undefined for what is not simple: pipes, groups, loops, the background. */
function readStep(reader: Reader): Step | undefined {
  const words: string[] = []
  while (reader.at < reader.script.length) {
    if (take(blank, reader) !== undefined) continue
    const next = take(operator, reader)
    if (next !== undefined) return { words, next }
    const text = take(word, reader)
    if (text === undefined) return undefined
    words.push(text.replaceAll(/['"\\]/g, ''))
  }
  return { words, next: '' }
}

function take(pattern: RegExp, reader: Reader): string | undefined {
  pattern.lastIndex = reader.at
  const text = pattern.exec(reader.script)?.[0]
  reader.at += text?.length ?? 0
  return text
}
