/** A command of a page, and what the page shows of its output. */
export interface ConsoleBlock {
  /** Without `holdfast`. */
  readonly args: readonly string[]
  /** The output; `…` stands for any lines. */
  readonly lines: readonly string[]
  /** What `echo $?` prints; undefined where the page does not ask. */
  readonly status: number | undefined
}

/** The `console` blocks of a page: a command after `$ `, its output, and perhaps `$ echo $?` with the exit code. */
export function consoleBlocks(page: string): readonly ConsoleBlock[] {
  return Array.from(page.matchAll(/^```console\n\$ holdfast (.*)\n([^]*?)^```$/gm), ([, command = '', output = '']) => {
    const [said = '', status] = output.split('$ echo $?\n')
    const lines = said.trimEnd().split('\n')
    return { args: command.split(' '), lines, status: status === undefined ? undefined : Number(status) }
  })
}

const gap = '…'

/** Whether an output is what a page shows of it. */
export function isShown(output: string, shown: readonly string[]): boolean {
  const lines = output.trimEnd().split('\n')
  let from = 0
  let isAnywhere = false
  for (const [index, part] of partsOf(shown).entries()) {
    isAnywhere = index > 0
    if (part.length === 0) continue
    const at = isAnywhere ? indexOf(lines, part, from) : indexOf(lines.slice(0, part.length), part, 0)
    if (at < 0) return false
    from = at + part.length
  }
  return from === lines.length || shown.at(-1) === gap
}

/** What is between gaps. */
function partsOf(shown: readonly string[]): string[][] {
  const parts: string[][] = [[]]
  for (const line of shown) {
    if (line === gap) parts.push([])
    else parts.at(-1)?.push(line)
  }
  return parts
}

function indexOf(lines: readonly string[], part: readonly string[], from: number): number {
  for (let at = from; at + part.length <= lines.length; at++) {
    if (part.every((line, index) => lines[at + index] === line)) return at
  }
  return -1
}
